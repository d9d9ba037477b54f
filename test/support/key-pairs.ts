import { generateKeyPairSync, type KeyObject } from "node:crypto";
import type { Der } from "../../core/der.ts";
import type { KeyType } from "../../core/key-type.ts";

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly spki: Der;
}

export function newKeyPair(keyType: KeyType): KeyPair {
  const { privateKey, publicKey } = generate(keyType);
  return keyPairOf(privateKey, publicKey);
}

function generate(keyType: KeyType) {
  if (keyType === "Ed25519") return generateKeyPairSync("ed25519");
  return keyType.startsWith("RSA")
    ? generateKeyPairSync("rsa", { modulusLength: Number(keyType.slice(4)) })
    : generateKeyPairSync("ec", { namedCurve: keyType });
}

export function keyPairOf(privateKey: KeyObject, publicKey: KeyObject): KeyPair {
  return { privateKey, publicKey, spki: publicKey.export({ format: "der", type: "spki" }) };
}

const made = new Map<KeyType, KeyPair>();

/** The same pair for a whole test file: an RSA key can take a second to make. */
export function sharedKeyPair(keyType: KeyType): KeyPair {
  const keyPair = made.get(keyType) ?? newKeyPair(keyType);
  made.set(keyType, keyPair);
  return keyPair;
}
