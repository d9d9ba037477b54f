import { KeySpec } from "aws-cdk-lib/aws-kms";
import type { AuthorityKeySpec } from "../../core/keys/key-type.ts";

export interface SigningKeySpec {
  readonly keySpec: KeySpec;
  /** The only KMS algorithm for a CA key of this kind. The hash fits the key. */
  readonly signingAlgorithm: string;
  /** What KMS signs: a digest wherever the algorithm has one. */
  readonly messageType: "DIGEST" | "RAW";
}

const ML_DSA = { signingAlgorithm: "ML_DSA_SHAKE_256", messageType: "RAW" } as const;

const RSA_SHA256 = "RSASSA_PKCS1_V1_5_SHA_256";

export const SIGNING_KEY_SPECS: Readonly<Record<AuthorityKeySpec, SigningKeySpec>> = {
  "P-256": { keySpec: KeySpec.ECC_NIST_P256, signingAlgorithm: "ECDSA_SHA_256", messageType: "DIGEST" },
  "P-384": { keySpec: KeySpec.ECC_NIST_P384, signingAlgorithm: "ECDSA_SHA_384", messageType: "DIGEST" },
  "RSA-2048": { keySpec: KeySpec.RSA_2048, signingAlgorithm: RSA_SHA256, messageType: "DIGEST" },
  "RSA-3072": { keySpec: KeySpec.RSA_3072, signingAlgorithm: RSA_SHA256, messageType: "DIGEST" },
  "RSA-4096": { keySpec: KeySpec.RSA_4096, signingAlgorithm: RSA_SHA256, messageType: "DIGEST" },
  // KMS accepts only whole messages for pure Ed25519 (KMS developer guide, "Key spec reference").
  Ed25519: { keySpec: KeySpec.ECC_NIST_EDWARDS25519, signingAlgorithm: "ED25519_SHA_512", messageType: "RAW" },
  "ML-DSA-44": { keySpec: KeySpec.ML_DSA_44, ...ML_DSA },
  "ML-DSA-65": { keySpec: KeySpec.ML_DSA_65, ...ML_DSA },
  "ML-DSA-87": { keySpec: KeySpec.ML_DSA_87, ...ML_DSA },
};
