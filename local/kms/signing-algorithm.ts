export type HashName = "sha256" | "sha384" | "sha512";

export interface SigningAlgorithm {
  readonly scheme: "ecdsa" | "rsa-pkcs1" | "rsa-pss" | "ed25519" | "ed25519-prehashed" | "ml-dsa";
  readonly hash: HashName;
}

/** KMS' names (AWS KMS developer guide, "Key spec reference"). */
export const SIGNING_ALGORITHMS = {
  ECDSA_SHA_256: { scheme: "ecdsa", hash: "sha256" },
  ECDSA_SHA_384: { scheme: "ecdsa", hash: "sha384" },
  RSASSA_PKCS1_V1_5_SHA_256: { scheme: "rsa-pkcs1", hash: "sha256" },
  RSASSA_PKCS1_V1_5_SHA_384: { scheme: "rsa-pkcs1", hash: "sha384" },
  RSASSA_PKCS1_V1_5_SHA_512: { scheme: "rsa-pkcs1", hash: "sha512" },
  RSASSA_PSS_SHA_256: { scheme: "rsa-pss", hash: "sha256" },
  RSASSA_PSS_SHA_384: { scheme: "rsa-pss", hash: "sha384" },
  RSASSA_PSS_SHA_512: { scheme: "rsa-pss", hash: "sha512" },
  ED25519_SHA_512: { scheme: "ed25519", hash: "sha512" },
  ED25519_PH_SHA_512: { scheme: "ed25519-prehashed", hash: "sha512" },
  ML_DSA_SHAKE_256: { scheme: "ml-dsa", hash: "sha512" },
} as const satisfies Record<string, SigningAlgorithm>;

export type SigningAlgorithmName = keyof typeof SIGNING_ALGORITHMS;

export const SIGNING_ALGORITHM_NAMES: readonly SigningAlgorithmName[] =
  Object.keys(SIGNING_ALGORITHMS).filter(isSigningAlgorithmName);

function isSigningAlgorithmName(text: string): text is SigningAlgorithmName {
  return Object.hasOwn(SIGNING_ALGORITHMS, text);
}

export const DIGEST_BYTES: Readonly<Record<HashName, number>> = { sha256: 32, sha384: 48, sha512: 64 };
