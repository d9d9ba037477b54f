/** The subject keys this service knows. Which of them a rule allows is policy. */
export const KEY_TYPES = ["P-256", "P-384", "RSA-2048", "RSA-3072", "RSA-4096"] as const;

export type KeyType = (typeof KEY_TYPES)[number];

export function isRsa(keyType: KeyType): boolean {
  return keyType.startsWith("RSA");
}
