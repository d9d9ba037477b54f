import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import { isRsa, keyFamilyOf, type KeyType } from "../../core/keys/key-type.ts";

export interface KeyPair {
  readonly keyType: KeyType;
  readonly privateKey: KeyObject;
  /** SubjectPublicKeyInfo in DER, as in certificates and CSRs. */
  readonly spki: Buffer;
}

const generate = promisify(generateKeyPair);

/** Makes a key with OpenSSL's generator. RSA-4096 may take a second. */
export async function randomKeyPair(keyType: KeyType): Promise<KeyPair> {
  return keyPairOf((await generateOfType(keyType)).privateKey, keyType);
}

async function generateOfType(keyType: KeyType): Promise<{ privateKey: KeyObject }> {
  if (keyType === "Ed25519") return await generate("ed25519");
  return isRsa(keyType)
    ? await generate("rsa", { modulusLength: Number(keyType.slice("RSA-".length)) })
    : await generate("ec", { namedCurve: keyType });
}

/** @returns undefined when the text is not a private key, or not of a supported type */
export function parsePrivateKeyPem(pem: string): KeyPair | undefined {
  try {
    const privateKey = createPrivateKey(pem);
    const keyType = keyTypeOf(privateKey);
    return keyType === undefined ? undefined : keyPairOf(privateKey, keyType);
  } catch {
    // OpenSSL's reason would be about its decoders, not about the file.
    return undefined;
  }
}

/**
 * The PEM blocks that Go, and so the kubelet, writes: `EC PRIVATE KEY` (SEC 1) and `RSA PRIVATE KEY` (PKCS #1). Ed25519
 * has only `PRIVATE KEY` (PKCS #8), which Go reads as well.
 */
export function encodePrivateKeyPem({ privateKey, keyType }: KeyPair): string {
  return String(privateKey.export({ format: "pem", type: PEM_TYPES[keyFamilyOf(keyType)] }));
}

const PEM_TYPES = { EC: "sec1", RSA: "pkcs1", Ed25519: "pkcs8" } as const;

function keyPairOf(privateKey: KeyObject, keyType: KeyType): KeyPair {
  return { keyType, privateKey, spki: createPublicKey(privateKey).export({ format: "der", type: "spki" }) };
}

/** Node's names of the curves are OpenSSL's. */
const CURVES: Readonly<Record<string, KeyType>> = { prime256v1: "P-256", secp384r1: "P-384" };
const MODULI: Readonly<Record<number, KeyType>> = { 2048: "RSA-2048", 3072: "RSA-3072", 4096: "RSA-4096" };

function keyTypeOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): KeyType | undefined {
  if (asymmetricKeyType === "ed25519") return "Ed25519";
  if (asymmetricKeyType === "ec") return CURVES[asymmetricKeyDetails?.namedCurve ?? ""];
  return asymmetricKeyType === "rsa" ? MODULI[asymmetricKeyDetails?.modulusLength ?? 0] : undefined;
}
