import { generateKeyPairSync, type KeyObject } from "node:crypto";
import type { Der } from "../../core/asn1/der.ts";
import type { AuthorityKeySpec } from "../../core/keys/key-type.ts";

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly spki: Der;
}

export function newKeyPair(keyType: AuthorityKeySpec): KeyPair {
  const { privateKey, publicKey } = generate(keyType);
  return keyPairOf(privateKey, publicKey);
}

function generate(keyType: AuthorityKeySpec) {
  if (keyType === "Ed25519") return generateKeyPairSync("ed25519");
  if (keyType === "ML-DSA-44") return generateKeyPairSync("ml-dsa-44");
  if (keyType === "ML-DSA-65") return generateKeyPairSync("ml-dsa-65");
  if (keyType === "ML-DSA-87") return generateKeyPairSync("ml-dsa-87");
  return keyType.startsWith("RSA")
    ? generateKeyPairSync("rsa", { modulusLength: Number(keyType.slice(4)) })
    : generateKeyPairSync("ec", { namedCurve: keyType });
}

export function keyPairOf(privateKey: KeyObject, publicKey: KeyObject): KeyPair {
  return { privateKey, publicKey, spki: publicKey.export({ format: "der", type: "spki" }) };
}

const made = new Map<AuthorityKeySpec, KeyPair>();

/** The same pair for a whole test file: an RSA key can take a second to make. */
export function sharedKeyPair(keyType: AuthorityKeySpec): KeyPair {
  const keyPair = made.get(keyType) ?? newKeyPair(keyType);
  made.set(keyType, keyPair);
  return keyPair;
}
