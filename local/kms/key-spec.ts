import { generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import type { SigningAlgorithmName } from "./signing-algorithm.ts";

/** The key specs this KMS makes: those a CA of this service can have (AWS KMS developer guide, "Key spec reference"). */
export const KEY_SPECS = [
  "ECC_NIST_P256",
  "ECC_NIST_P384",
  "RSA_2048",
  "RSA_3072",
  "RSA_4096",
  "ECC_NIST_EDWARDS25519",
  "ML_DSA_44",
  "ML_DSA_65",
  "ML_DSA_87",
] as const;

export type KeySpec = (typeof KEY_SPECS)[number];

const RSA_ALGORITHMS: readonly SigningAlgorithmName[] = [
  "RSASSA_PKCS1_V1_5_SHA_256",
  "RSASSA_PKCS1_V1_5_SHA_384",
  "RSASSA_PKCS1_V1_5_SHA_512",
  "RSASSA_PSS_SHA_256",
  "RSASSA_PSS_SHA_384",
  "RSASSA_PSS_SHA_512",
];

export const SIGNING_ALGORITHMS_OF: Readonly<Record<KeySpec, readonly SigningAlgorithmName[]>> = {
  ECC_NIST_P256: ["ECDSA_SHA_256"],
  ECC_NIST_P384: ["ECDSA_SHA_384"],
  RSA_2048: RSA_ALGORITHMS,
  RSA_3072: RSA_ALGORITHMS,
  RSA_4096: RSA_ALGORITHMS,
  ECC_NIST_EDWARDS25519: ["ED25519_SHA_512", "ED25519_PH_SHA_512"],
  ML_DSA_44: ["ML_DSA_SHAKE_256"],
  ML_DSA_65: ["ML_DSA_SHAKE_256"],
  ML_DSA_87: ["ML_DSA_SHAKE_256"],
};

const generate = promisify(generateKeyPair);

export async function generatePrivateKey(keySpec: KeySpec): Promise<KeyObject> {
  switch (keySpec) {
    case "ECC_NIST_P256":
      return (await generate("ec", { namedCurve: "P-256" })).privateKey;
    case "ECC_NIST_P384":
      return (await generate("ec", { namedCurve: "P-384" })).privateKey;
    case "ECC_NIST_EDWARDS25519":
      return (await generate("ed25519")).privateKey;
    case "ML_DSA_44":
      return (await generate("ml-dsa-44")).privateKey;
    case "ML_DSA_65":
      return (await generate("ml-dsa-65")).privateKey;
    case "ML_DSA_87":
      return (await generate("ml-dsa-87")).privateKey;
    case "RSA_2048":
      return (await generate("rsa", { modulusLength: 2048 })).privateKey;
    case "RSA_3072":
      return (await generate("rsa", { modulusLength: 3072 })).privateKey;
    case "RSA_4096":
      return (await generate("rsa", { modulusLength: 4096 })).privateKey;
  }
}
