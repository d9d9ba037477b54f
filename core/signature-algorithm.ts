import { sign, verify, type KeyObject } from "node:crypto";
import type { Der } from "./der.ts";
import { encodeDer, sequence } from "./der-writer.ts";
import type { KeyType } from "./key-type.ts";
import { objectIdentifier, OID } from "./object-identifier.ts";

export type HashName = "sha256" | "sha384" | "sha512";

export interface SignatureAlgorithm {
  readonly name: string;
  /** The whole AlgorithmIdentifier. ECDSA has no parameters (RFC 5758 section 3.2), RSA has NULL (RFC 4055 section 5). */
  readonly algorithmIdentifier: Der;
  readonly hash: HashName;
  readonly keyFamily: "EC" | "RSA";
}

const NULL = encodeDer(0x05);

function ecdsa(name: string, oid: string, hash: HashName): SignatureAlgorithm {
  return { name, algorithmIdentifier: sequence(objectIdentifier(oid)), hash, keyFamily: "EC" };
}

function rsa(name: string, oid: string, hash: HashName): SignatureAlgorithm {
  return { name, algorithmIdentifier: sequence(objectIdentifier(oid), NULL), hash, keyFamily: "RSA" };
}

export const ECDSA_SHA256 = ecdsa("ecdsa-with-SHA256", OID.ecdsaWithSha256, "sha256");
export const ECDSA_SHA384 = ecdsa("ecdsa-with-SHA384", OID.ecdsaWithSha384, "sha384");
export const RSA_SHA256 = rsa("sha256WithRSAEncryption", OID.sha256WithRsaEncryption, "sha256");

/** What a CSR may be signed with. SHA-1 and MD5 are not here, nor is PSS: no node in the field asks for it. */
const ACCEPTED: readonly SignatureAlgorithm[] = [
  ECDSA_SHA256,
  ECDSA_SHA384,
  ecdsa("ecdsa-with-SHA512", OID.ecdsaWithSha512, "sha512"),
  RSA_SHA256,
  rsa("sha384WithRSAEncryption", OID.sha384WithRsaEncryption, "sha384"),
  rsa("sha512WithRSAEncryption", OID.sha512WithRsaEncryption, "sha512"),
];

export const ACCEPTED_NAMES = ACCEPTED.map(({ name }) => name);

/** Compares the whole AlgorithmIdentifier, so that odd parameters are no match. */
export function acceptedAlgorithm(algorithmIdentifier: Uint8Array): SignatureAlgorithm | undefined {
  return ACCEPTED.find((accepted) => Buffer.compare(accepted.algorithmIdentifier, algorithmIdentifier) === 0);
}

/** What a CA key of this type signs certificates with: the hash fits the key. */
export function issuingAlgorithm(keyType: KeyType): SignatureAlgorithm {
  if (keyType === "P-256") return ECDSA_SHA256;
  return keyType === "P-384" ? ECDSA_SHA384 : RSA_SHA256;
}

export function isValidSignature(
  { hash }: SignatureAlgorithm,
  message: Uint8Array,
  publicKey: KeyObject,
  signature: Uint8Array,
): boolean {
  return verify(hash, message, publicKey, signature);
}

/** Signs with a key at hand: tests, benchmarks and the local TLS certificate. CA keys live in KMS. */
export function signLocally({ hash }: SignatureAlgorithm, message: Uint8Array, privateKey: KeyObject): Der {
  return sign(hash, message, privateKey);
}
