import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { describe, it } from "node:test";
import { TAG, type Der } from "../../../core/asn1/der.ts";
import { bitString, encodeDer, sequence, unsignedInteger } from "../../../core/asn1/der-writer.ts";
import { KEY_TYPES } from "../../../core/keys/key-type.ts";
import { objectIdentifier, OID } from "../../../core/asn1/object-identifier.ts";
import { isRsaKey, parseSubjectPublicKey } from "../../../core/keys/subject-public-key.ts";
import { sharedKeyPair } from "../../support/key-pairs.ts";

const NULL = encodeDer(TAG.null);
const P256 = "1.2.840.10045.3.1.7";
const p256 = sharedKeyPair("P-256").spki;
const [X, Y] = [p256.subarray(27, 59), p256.subarray(59)];
const rsa = sharedKeyPair("RSA-2048");
const modulus = Buffer.from(String(rsa.publicKey.export({ format: "jwk" }).n), "base64url");

const ec = (point: Uint8Array, ...parameters: Der[]): Der =>
  sequence(sequence(objectIdentifier(OID.ecPublicKey), ...parameters), bitString(point));
const p256Point = (...parts: Uint8Array[]): Der => ec(Buffer.concat(parts), objectIdentifier(P256));
const rsaParts = (...parts: Der[]): Der =>
  sequence(sequence(objectIdentifier(OID.rsaEncryption), NULL), bitString(sequence(...parts)));
const rsaKey = (n: Uint8Array, e: number[] = [1, 0, 1]): Der =>
  rsaParts(unsignedInteger(n), unsignedInteger(Uint8Array.from(e)));
const named = (namedCurve: string): Der =>
  generateKeyPairSync("ec", { namedCurve }).publicKey.export({ format: "der", type: "spki" });
const explicit = (): Der =>
  generateKeyPairSync("ec", { namedCurve: "P-256", paramEncoding: "explicit" }).publicKey.export({
    format: "der",
    type: "spki",
  });
/** A number of this many bits that no small prime divides is all the size check ever sees. */
const ofBits = (bits: number): Uint8Array => {
  const octets = Buffer.alloc(Math.ceil(bits / 8), 0xff);
  octets[0] = 0xff >> (octets.length * 8 - bits);
  return octets;
};
const compressed = (): Uint8Array => Buffer.of(2 + ((Y.at(-1) ?? 0) & 1));
const otherY = Buffer.from(Y);
otherY[31] = (otherY[31] ?? 0) ^ 1;

const edwardsPoint = sharedKeyPair("Ed25519").spki.subarray(-32);
const edwards = (point: Uint8Array): Der => sequence(sequence(objectIdentifier(OID.ed25519)), bitString(point));

describe("parseSubjectPublicKey", () => {
  for (const keyType of KEY_TYPES) {
    it(`accepts ${keyType} and keeps its bytes`, () => {
      const { spki } = sharedKeyPair(keyType);
      const key = parseSubjectPublicKey(spki);
      assert.equal(key.keyType, keyType);
      assert.equal(key.spki, spki);
      assert.equal(isRsaKey(spki), keyType.startsWith("RSA"));
      assert.deepEqual(key.publicKey.export({ format: "der", type: "spki" }), Buffer.from(spki));
    });
  }

  const weak = [
    {
      why: "P-521",
      spki: named("P-521"),
      message:
        /an EC key on another curve, or with a compressed point; allowed are EC keys on the named curves P-256 and P-384/,
    },
    { why: "secp256k1", spki: named("secp256k1"), message: /an EC key on another curve/ },
    { why: "P-224", spki: named("secp224r1"), message: /an EC key on another curve/ },
    { why: "brainpoolP256r1", spki: named("brainpoolP256r1"), message: /an EC key on another curve/ },
    { why: "P-256 by explicit parameters (CVE-2020-0601)", spki: explicit(), message: /explicit curve parameters/ },
    {
      why: "an EC key without parameters",
      spki: ec(Buffer.concat([Buffer.of(4), X, Y])),
      message: /explicit curve parameters/,
    },
    { why: "a compressed point", spki: p256Point(compressed(), X), message: /compressed point/ },
    { why: "a hybrid point", spki: p256Point(Buffer.of(6 + ((Y.at(-1) ?? 0) & 1)), X, Y), message: /compressed point/ },
    { why: "the point at infinity", spki: p256Point(Buffer.of(0)), message: /compressed point/ },
    {
      why: "a point off the curve",
      spki: p256Point(Buffer.of(4), X, otherY),
      message: /the P-256 public key is not a valid point of its curve/,
    },
    { why: "a point of zeros", spki: p256Point(Buffer.of(4), Buffer.alloc(64)), message: /not a valid point/ },
    {
      why: "coordinates beyond the field",
      spki: p256Point(Buffer.of(4), Buffer.alloc(64, 0xff)),
      message: /not a valid point/,
    },
    {
      why: "a P-384 point off its curve",
      spki: Buffer.from(sharedKeyPair("P-384").spki).fill(7, 100),
      message: /the P-384 public key is not a valid point/,
    },
    {
      why: "a point too long by one octet",
      spki: p256Point(Buffer.of(4), X, Y, Buffer.of(0)),
      message: /compressed point/,
    },
    {
      why: "Ed25519 with NULL parameters",
      spki: sequence(sequence(objectIdentifier(OID.ed25519), NULL), bitString(edwardsPoint)),
      message: /an Ed25519 key with parameters, or not of 32 octets/,
    },
    ...[31, 33, 0, 64].map((bytes) => ({
      why: `an Ed25519 key of ${bytes} octets`,
      spki: edwards(Buffer.alloc(bytes, 7)),
      message: /not of 32 octets \(RFC 8410\)/,
    })),
    {
      why: "an Ed25519 key in an OCTET STRING of its own",
      spki: edwards(encodeDer(TAG.octetString, edwardsPoint)),
      message: /not of 32 octets/,
    },
    {
      why: "Ed448",
      spki: generateKeyPairSync("ed448").publicKey.export({ format: "der", type: "spki" }),
      message: /a key of algorithm 1\.3\.101\.113/,
    },
    {
      why: "X25519",
      spki: generateKeyPairSync("x25519").publicKey.export({ format: "der", type: "spki" }),
      message: /a key of algorithm 1\.3\.101\.110/,
    },
    {
      why: "ECDH-only EC keys",
      spki: sequence(
        sequence(objectIdentifier("1.3.132.1.12"), objectIdentifier(P256)),
        bitString(Buffer.concat([Buffer.of(4), X, Y])),
      ),
      message: /a key of algorithm 1\.3\.132\.1\.12/,
    },
    {
      why: "RSA bound to PSS",
      spki: sequence(sequence(objectIdentifier("1.2.840.113549.1.1.10")), bitString(sequence())),
      message: /a key of algorithm 1\.2\.840\.113549\.1\.1\.10/,
    },
    {
      why: "RSA-512",
      spki: rsaKey(ofBits(512)),
      message: /an RSA key of 512 bits; allowed are .* RSA keys of 2048, 3072 or 4096 bits/,
    },
    { why: "RSA-1024", spki: rsaKey(ofBits(1024)), message: /an RSA key of 1024 bits/ },
    { why: "RSA-2047", spki: rsaKey(ofBits(2047)), message: /an RSA key of 2047 bits/ },
    { why: "RSA-2049", spki: rsaKey(ofBits(2049)), message: /an RSA key of 2049 bits/ },
    { why: "RSA-8192", spki: rsaKey(ofBits(8192)), message: /an RSA key of 8192 bits/ },
    {
      why: "RSA-16384",
      spki: rsaKey(ofBits(16_384)),
      message: /an RSA key of 16384 bits/,
    },
    { why: "RSA with e = 1", spki: rsaKey(modulus, [1]), message: /another exponent than 65537/ },
    { why: "RSA with e = 3", spki: rsaKey(modulus, [3]), message: /another exponent than 65537/ },
    { why: "RSA with e = 65539", spki: rsaKey(modulus, [1, 0, 3]), message: /another exponent than 65537/ },
    { why: "RSA with e = 2^32 + 1", spki: rsaKey(modulus, [1, 0, 0, 0, 1]), message: /another exponent than 65537/ },
    {
      why: "RSA with an exponent as long as the modulus",
      spki: rsaKey(modulus, [...modulus]),
      message: /another exponent than 65537/,
    },
    {
      why: "an even modulus",
      spki: rsaKey(Buffer.from(modulus).fill(0, 255)),
      message: /the RSA key is broken: its modulus has a small prime factor; make a new one/,
    },
  ];
  for (const { why, spki, message } of weak) {
    it(`refuses ${why}`, () => {
      assert.throws(() => parseSubjectPublicKey(spki), {
        name: "RefusalError",
        code: "weak_key",
        field: "csr",
        message,
      });
    });
  }

  const negative = encodeDer(TAG.integer, Buffer.concat([Buffer.of(0x80), modulus.subarray(1)]));
  const exponent = unsignedInteger(Buffer.of(1, 0, 1));
  const malformed = [
    { why: "nothing", spki: sequence(), message: /the subject public key info has 0 elements/ },
    {
      why: "an algorithm without a key",
      spki: sequence(sequence(objectIdentifier(OID.rsaEncryption), NULL)),
      message: /has 1 elements/,
    },
    {
      why: "an algorithm that is no SEQUENCE",
      spki: sequence(NULL, bitString(Buffer.of(0))),
      message: /the key algorithm is not there/,
    },
    {
      why: "RSA without its NULL",
      spki: sequence(
        sequence(objectIdentifier(OID.rsaEncryption)),
        bitString(sequence(unsignedInteger(modulus), exponent)),
      ),
      message: /must have NULL parameters/,
    },
    {
      why: "RSA with other parameters",
      spki: sequence(
        sequence(objectIdentifier(OID.rsaEncryption), sequence()),
        bitString(sequence(unsignedInteger(modulus), exponent)),
      ),
      message: /must have NULL parameters/,
    },
    {
      why: "an RSA key that is not whole octets",
      spki: sequence(sequence(objectIdentifier(OID.rsaEncryption), NULL), encodeDer(TAG.bitString, Buffer.of(1, 0))),
      message: /the RSA key is not a whole number/,
    },
    {
      why: "an RSA key that is no DER",
      spki: sequence(sequence(objectIdentifier(OID.rsaEncryption), NULL), bitString(Buffer.of(0x30, 0x80, 0, 0))),
      message: /indefinite lengths/,
    },
    {
      why: "an RSA key with bytes behind it",
      spki: sequence(
        sequence(objectIdentifier(OID.rsaEncryption), NULL),
        bitString(Buffer.concat([sequence(unsignedInteger(modulus), exponent), Buffer.of(0)])),
      ),
      message: /1 bytes follow/,
    },
    {
      why: "an RSA key without an exponent",
      spki: rsaParts(unsignedInteger(modulus)),
      message: /the RSA key has 1 elements/,
    },
    {
      why: "an RSA key with a third part",
      spki: rsaParts(unsignedInteger(modulus), exponent, exponent),
      message: /the RSA key has 3 elements/,
    },
    { why: "a negative modulus", spki: rsaParts(negative, exponent), message: /is negative/ },
    {
      why: "a negative exponent",
      spki: rsaParts(unsignedInteger(modulus), encodeDer(TAG.integer, Buffer.of(0xff))),
      message: /is negative/,
    },
  ];
  for (const { why, spki, message } of malformed) {
    it(`finds no key in ${why}`, () => {
      assert.throws(() => parseSubjectPublicKey(spki), { name: "DerError", message });
    });
  }

  it("refuses a P-256 key after any flip of one bit", () => {
    for (let bit = 0; bit < p256.length * 8; bit++) {
      const changed = Buffer.from(p256);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (0x80 >> (bit & 7));
      assert.throws(() => parseSubjectPublicKey(changed), /RefusalError|DerError/, `bit ${bit}`);
    }
  });
});
