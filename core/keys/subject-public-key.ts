import { createPublicKey, type KeyObject } from "node:crypto";
import { childrenOf, contentOf, DerError, parseDer, TAG, wholeOctetsOf, type Der } from "../asn1/der.ts";
import { weaknessOfPoint } from "./edwards-point.ts";
import { dottedObjectIdentifier, OID } from "../asn1/object-identifier.ts";
import type { KeyType } from "./key-type.ts";
import { encodePem } from "../asn1/pem.ts";
import { RefusalError } from "../refusal.ts";
import { weaknessOfModulus } from "./rsa-modulus.ts";

export interface SubjectPublicKey {
  /** The SubjectPublicKeyInfo, byte for byte as it came. */
  readonly spki: Der;
  readonly keyType: KeyType;
  readonly publicKey: KeyObject;
}

/**
 * The fixed bytes before the point of a SubjectPublicKeyInfo: named curve and uncompressed, or edwards25519. Bytes are
 * compared, because Node's loader also accepts other curves, explicit parameters and compressed points.
 */
const CURVE_KEYS: readonly { keyType: KeyType; prefix: Buffer; bytes: number }[] = [
  { keyType: "P-256", prefix: Buffer.from("3059301306072a8648ce3d020106082a8648ce3d03010703420004", "hex"), bytes: 91 },
  { keyType: "P-384", prefix: Buffer.from("3076301006072a8648ce3d020106052b8104002203620004", "hex"), bytes: 120 },
  { keyType: "Ed25519", prefix: Buffer.from("302a300506032b6570032100", "hex"), bytes: 44 },
];

const RSA_PREFIX_BITS: Readonly<Record<number, KeyType>> = { 2048: "RSA-2048", 3072: "RSA-3072", 4096: "RSA-4096" };

const ALLOWED =
  "allowed are EC keys on the named curves P-256 and P-384, Ed25519 keys, and RSA keys of 2048, 3072 or 4096 bits with exponent 65537";

/**
 * Checks a SubjectPublicKeyInfo (already known to be canonical DER) and loads it.
 *
 * @throws RefusalError `weak_key` for any other algorithm, curve, size or exponent, and for keys known to be broken
 * @throws DerError when it is not a SubjectPublicKeyInfo
 */
export function parseSubjectPublicKey(spki: Der): SubjectPublicKey {
  const keyType = curveKeyType(spki) ?? rsaKeyType(spki);
  if (keyType === "Ed25519") assertSoundPoint(spki.subarray(-32));
  return { spki, keyType, publicKey: loadPublicKey(spki, keyType) };
}

function curveKeyType(spki: Der): KeyType | undefined {
  return CURVE_KEYS.find(({ prefix, bytes }) => spki.length === bytes && prefix.compare(spki, 0, prefix.length) === 0)
    ?.keyType;
}

/** For a key that has been checked before. @throws DerError */
export function isRsaKey(spki: Der): boolean {
  if (curveKeyType(spki) !== undefined) return false;
  const [algorithm] = childrenOf(parseDer(spki), "the subject public key info", TAG.sequence, 2, 2);
  const oid = contentOf(algorithm?.children[0], "the key algorithm", TAG.objectIdentifier);
  return dottedObjectIdentifier(oid) === OID.rsaEncryption;
}

function loadPublicKey(spki: Der, keyType: KeyType): KeyObject {
  try {
    // PEM, although DER is at hand. For a key in DER, Node throws and catches four errors with stack traces to find out
    // whether it is a KeyObject (24.21, `prepareAsymmetricKey`). That costs more than loading it from PEM.
    return createPublicKey(encodePem("PUBLIC KEY", spki));
  } catch (cause) {
    // The prefix is checked, so OpenSSL can only find that the point is not on the curve.
    throw new RefusalError("weak_key", `the ${keyType} public key is not a valid point of its curve`, {
      field: "csr",
      cause,
    });
  }
}

function rsaKeyType(spki: Der): KeyType {
  const [algorithm, bits] = childrenOf(parseDer(spki), "the subject public key info", TAG.sequence, 2, 2);
  const [oid, parameters] = childrenOf(algorithm, "the key algorithm", TAG.sequence, 1, 2);
  const dotted = dottedObjectIdentifier(contentOf(oid, "the key algorithm", TAG.objectIdentifier));
  if (dotted !== OID.rsaEncryption) throw refuse(describeAlgorithm(dotted, parameters?.tag));
  if (parameters?.tag !== TAG.null) throw new DerError("an RSA key algorithm must have NULL parameters (RFC 3279)");
  const [modulus, exponent] = childrenOf(
    parseDer(wholeOctetsOf(bits, "the RSA key")),
    "the RSA key",
    TAG.sequence,
    2,
    2,
  );
  return assertSoundRsa(
    contentOf(modulus, "the modulus", TAG.integer),
    contentOf(exponent, "the exponent", TAG.integer),
  );
}

function assertSoundRsa(modulus: Der, exponent: Der): KeyType {
  if ((modulus[0] ?? 0x80) >= 0x80 || (exponent[0] ?? 0x80) >= 0x80)
    throw new DerError("an RSA modulus or exponent is negative");
  const magnitude = modulus[0] === 0 ? modulus.subarray(1) : modulus;
  const bits = magnitude.length * 8 - Math.clz32((magnitude[0] ?? 0) << 24);
  const keyType = RSA_PREFIX_BITS[bits];
  if (keyType === undefined) throw refuse(`an RSA key of ${bits} bits`);
  if (!Buffer.from(exponent).equals(EXPONENT_65537)) throw refuse("an RSA key with another exponent than 65537");
  const weakness = weaknessOfModulus(BigInt(`0x${Buffer.from(magnitude).toString("hex")}`));
  if (weakness !== undefined)
    throw new RefusalError("weak_key", `the RSA key is broken: ${weakness}; make a new one`, { field: "csr" });
  return keyType;
}

function assertSoundPoint(point: Der): void {
  const weakness = weaknessOfPoint(point);
  if (weakness !== undefined)
    throw new RefusalError("weak_key", `the Ed25519 key is broken: ${weakness}; make a new one`, { field: "csr" });
}

const EXPONENT_65537 = Buffer.from([1, 0, 1]);

function describeAlgorithm(dotted: string, parametersTag: number | undefined): string {
  if (dotted === OID.ed25519) return "an Ed25519 key with parameters, or not of 32 octets (RFC 8410)";
  if (dotted !== OID.ecPublicKey) return `a key of algorithm ${dotted}`;
  return parametersTag === TAG.objectIdentifier
    ? "an EC key on another curve, or with a compressed point"
    : "an EC key with explicit curve parameters";
}

function refuse(got: string): RefusalError {
  return new RefusalError("weak_key", `got ${got}; ${ALLOWED}`, { field: "csr" });
}
