/** The subject keys this service knows. Policy decides which of them a rule allows. */
export const KEY_TYPES = ["P-256", "P-384", "RSA-2048", "RSA-3072", "RSA-4096", "Ed25519"] as const;

export type KeyType = (typeof KEY_TYPES)[number];

/**
 * The key types of a rule that names none. Ed25519 must be named: no kubelet makes such a key, and the client
 * certificate support of API Gateway and CloudFront names only ECDSA and RSA.
 */
export const DEFAULT_KEY_TYPES: readonly KeyType[] = ["P-256", "P-384", "RSA-2048", "RSA-3072", "RSA-4096"];

/** FIPS 204. For CAs only: no TLS stack in common use authenticates a node with such a key. */
export const ML_DSA_KEY_SPECS = ["ML-DSA-44", "ML-DSA-65", "ML-DSA-87"] as const;
export type MlDsaKeySpec = (typeof ML_DSA_KEY_SPECS)[number];

/** The key types of CAs. */
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
