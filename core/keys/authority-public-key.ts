import { createPublicKey, type KeyObject } from "node:crypto";
import type { Der } from "../asn1/der.ts";
import type { AuthorityKeySpec, MlDsaKeySpec } from "./key-type.ts";
import { parseSubjectPublicKey } from "./subject-public-key.ts";

export interface AuthorityPublicKey {
  readonly keyType: AuthorityKeySpec;
  readonly publicKey: KeyObject;
}

/**
 * The fixed bytes of an ML-DSA SubjectPublicKeyInfo before the key (RFC 9881 section 4). Any octets after them are a
 * key.
 */
const ML_DSA_KEYS: readonly { keyType: MlDsaKeySpec; prefix: Buffer; bytes: number }[] = [
  { keyType: "ML-DSA-44", prefix: Buffer.from("30820532300b06096086480165030403110382052100", "hex"), bytes: 1334 },
  { keyType: "ML-DSA-65", prefix: Buffer.from("308207b2300b0609608648016503040312038207a100", "hex"), bytes: 1974 },
  { keyType: "ML-DSA-87", prefix: Buffer.from("30820a32300b060960864801650304031303820a2100", "hex"), bytes: 2614 },
];

/**
 * Checks and loads a CA's key: any key type that a node may have, or ML-DSA.
 *
 * @throws RefusalError, DerError as `parseSubjectPublicKey`
 */
export function parseAuthorityPublicKey(spki: Der): AuthorityPublicKey {
  const mlDsa = ML_DSA_KEYS.find(
    ({ prefix, bytes }) => spki.length === bytes && prefix.compare(spki, 0, prefix.length) === 0,
  );
  if (mlDsa === undefined) return parseSubjectPublicKey(spki);
  return {
    keyType: mlDsa.keyType,
    publicKey: createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" }),
  };
}
