/** The subject keys this service knows. Which of them a rule allows is policy. */
export const KEY_TYPES = ["P-256", "P-384", "RSA-2048", "RSA-3072", "RSA-4096", "Ed25519"] as const;

export type KeyType = (typeof KEY_TYPES)[number];

/**
 * What a rule allows that does not say. Not Ed25519: no kubelet makes such a key, and API Gateway and CloudFront, which ask
 * for client certificates, name none but ECDSA and RSA. So it is for those who ask for it by name.
 */
export const DEFAULT_KEY_TYPES: readonly KeyType[] = ["P-256", "P-384", "RSA-2048", "RSA-3072", "RSA-4096"];

export type KeyFamily = "EC" | "RSA" | "Ed25519";

export function keyFamilyOf(keyType: KeyType): KeyFamily {
  if (keyType === "Ed25519") return keyType;
  return isRsa(keyType) ? "RSA" : "EC";
}

export function isRsa(keyType: KeyType): boolean {
  return keyType.startsWith("RSA");
}
