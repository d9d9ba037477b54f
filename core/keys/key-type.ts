/** The subject keys this service knows. Which of them a rule allows is policy. */
export const KEY_TYPES = ["P-256", "P-384", "RSA-2048", "RSA-3072", "RSA-4096", "Ed25519"] as const;

export type KeyType = (typeof KEY_TYPES)[number];

/**
 * What a rule allows that does not say. Not Ed25519: no kubelet makes such a key, and API Gateway and CloudFront, which ask
 * for client certificates, name none but ECDSA and RSA. So it is for those who ask for it by name.
 */
export const DEFAULT_KEY_TYPES: readonly KeyType[] = ["P-256", "P-384", "RSA-2048", "RSA-3072", "RSA-4096"];

/** FIPS 204. For CAs alone: no TLS stack in the field authenticates a node with one. */
export const ML_DSA_KEY_SPECS = ["ML-DSA-44", "ML-DSA-65", "ML-DSA-87"] as const;
export type MlDsaKeySpec = (typeof ML_DSA_KEY_SPECS)[number];

/** What a CA's key can be. */
export const AUTHORITY_KEY_SPECS = [...KEY_TYPES, ...ML_DSA_KEY_SPECS] as const;
export type AuthorityKeySpec = (typeof AUTHORITY_KEY_SPECS)[number];

export type KeyFamily = "EC" | "RSA" | "Ed25519";

export function keyFamilyOf(keyType: KeyType): KeyFamily;
export function keyFamilyOf(keySpec: AuthorityKeySpec): KeyFamily | MlDsaKeySpec;
export function keyFamilyOf(keySpec: AuthorityKeySpec): KeyFamily | MlDsaKeySpec {
  if (keySpec === "P-256" || keySpec === "P-384") return "EC";
  if (keySpec === "RSA-2048" || keySpec === "RSA-3072" || keySpec === "RSA-4096") return "RSA";
  return keySpec;
}

export function isMlDsa(keySpec: AuthorityKeySpec): keySpec is MlDsaKeySpec {
  return ML_DSA_KEY_SPECS.some((mlDsa) => mlDsa === keySpec);
}

export function isRsa(keyType: AuthorityKeySpec): boolean {
  return keyType.startsWith("RSA");
}
