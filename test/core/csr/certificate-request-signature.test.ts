import assert from "node:assert/strict";
import { constants, sign } from "node:crypto";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseCertificateRequest } from "../../../core/csr/certificate-request.ts";
import { parseDer, TAG, type Der } from "../../../core/asn1/der.ts";
import { bitString, encodeDer, sequence } from "../../../core/asn1/der-writer.ts";
import { objectIdentifier, OID } from "../../../core/asn1/object-identifier.ts";
import { RefusalError } from "../../../core/refusal.ts";
import { buildCsr, signInfo, type CsrPlan } from "../../support/certificate-requests.ts";
import { newKeyPair, sharedKeyPair } from "../../support/key-pairs.ts";

const NULL = encodeDer(TAG.null);
const algorithm = (oid: string, ...parameters: Der[]): Der => sequence(objectIdentifier(oid), ...parameters);
const rsa = sharedKeyPair("RSA-2048");
const p384 = sharedKeyPair("P-384");
const ed25519 = sharedKeyPair("Ed25519");

function bodyOf(csr: Der): Der {
  return parseDer(csr).children[0]?.encoded ?? NULL;
}

/** The parts of a good CSR with another signature value. */
function withSignature(csr: Der, signature: Der): Der {
  const [info, algorithmIdentifier] = parseDer(csr).children;
  return sequence(info?.encoded ?? NULL, algorithmIdentifier?.encoded ?? NULL, signature);
}

describe("the signature of a CSR", () => {
  const accepted: ({ why: string } & CsrPlan)[] = [
    { why: "ECDSA P-256 with SHA-256" },
    { why: "ECDSA P-256 with SHA-384", hash: "sha384", algorithmIdentifier: algorithm(OID.ecdsaWithSha384) },
    {
      why: "ECDSA P-384 with SHA-384",
      keyPair: p384,
      hash: "sha384",
      algorithmIdentifier: algorithm(OID.ecdsaWithSha384),
    },
    {
      why: "ECDSA P-384 with SHA-512",
      keyPair: p384,
      hash: "sha512",
      algorithmIdentifier: algorithm(OID.ecdsaWithSha512),
    },
    { why: "RSA with SHA-256", keyPair: rsa },
    {
      why: "RSA with SHA-512",
      keyPair: rsa,
      hash: "sha512",
      algorithmIdentifier: algorithm(OID.sha512WithRsaEncryption, NULL),
    },
    { why: "Ed25519", keyPair: ed25519 },
    {
      why: "RSA without the NULL of its algorithm (RFC 4055 section 5)",
      keyPair: rsa,
      algorithmIdentifier: algorithm(OID.sha256WithRsaEncryption),
    },
    {
      why: "ECDSA with NULL parameters, as Mbed TLS writes it",
      algorithmIdentifier: algorithm(OID.ecdsaWithSha256, NULL),
    },
  ];
  for (const { why, ...plan } of accepted) {
    it(`may be ${why}`, () => {
      assert.doesNotThrow(() => parseCertificateRequest(buildCsr(plan)));
    });
  }

  const refused: ({ why: string; message: RegExp } & CsrPlan)[] = [
    {
      why: "RSA with SHA-1",
      keyPair: rsa,
      hash: "sha1",
      algorithmIdentifier: algorithm("1.2.840.113549.1.1.5", NULL),
      message: /algorithm 1\.2\.840\.113549\.1\.1\.5 is not accepted with an RSA key; allowed are ecdsa-with-SHA256/,
    },
    {
      why: "RSA with MD5",
      keyPair: rsa,
      hash: "md5",
      algorithmIdentifier: algorithm("1.2.840.113549.1.1.4", NULL),
      message: /1\.2\.840\.113549\.1\.1\.4 is not accepted/,
    },
    { why: "RSA with MD5 said to be SHA-256", keyPair: rsa, hash: "md5", message: /does not verify/ },
    {
      why: "RSA-PSS",
      keyPair: rsa,
      algorithmIdentifier: algorithm("1.2.840.113549.1.1.10", sequence()),
      message: /1\.2\.840\.113549\.1\.1\.10 is not accepted/,
    },
    {
      why: "RSA with other parameters than NULL",
      keyPair: rsa,
      algorithmIdentifier: algorithm(OID.sha256WithRsaEncryption, sequence()),
      message: /with no parameters but NULL/,
    },
    {
      why: "ECDSA with SHA-1",
      hash: "sha1",
      algorithmIdentifier: algorithm("1.2.840.10045.4.1"),
      message: /1\.2\.840\.10045\.4\.1 is not accepted with an EC key/,
    },
    {
      why: "ECDSA with SHA-224",
      hash: "sha224",
      algorithmIdentifier: algorithm("1.2.840.10045.4.3.1"),
      message: /1\.2\.840\.10045\.4\.3\.1 is not accepted/,
    },
    {
      why: "ECDSA with other parameters than NULL",
      algorithmIdentifier: algorithm(OID.ecdsaWithSha256, sequence()),
      message: /with no parameters but NULL/,
    },
    {
      why: "ECDSA with two NULLs",
      algorithmIdentifier: algorithm(OID.ecdsaWithSha256, NULL, NULL),
      message: /the signature algorithm has 3 elements/,
    },
    {
      why: "an RSA algorithm with an EC key",
      algorithmIdentifier: algorithm(OID.sha256WithRsaEncryption, NULL),
      message: /not accepted with an EC key/,
    },
    {
      why: "an ECDSA algorithm with an RSA key",
      keyPair: rsa,
      algorithmIdentifier: algorithm(OID.ecdsaWithSha256),
      message: /not accepted with an RSA key/,
    },
    {
      why: "SHA-256 said to be SHA-384",
      algorithmIdentifier: algorithm(OID.ecdsaWithSha384),
      message: /does not verify/,
    },
    {
      why: "an algorithm that is no SEQUENCE",
      algorithmIdentifier: NULL,
      message: /the signature algorithm is not there/,
    },
    {
      why: "Ed25519 with NULL parameters (RFC 8410)",
      keyPair: ed25519,
      algorithmIdentifier: algorithm(OID.ed25519, NULL),
      message: /1\.3\.101\.112 is not accepted with an Ed25519 key/,
    },
    {
      why: "an ECDSA algorithm with an Ed25519 key",
      keyPair: ed25519,
      algorithmIdentifier: algorithm(OID.ecdsaWithSha256),
      message: /is not accepted with an Ed25519 key/,
    },
    {
      why: "Ed25519 with an EC key",
      algorithmIdentifier: algorithm(OID.ed25519),
      message: /is not accepted with an EC key/,
    },
    {
      why: "by somebody else's key",
      spki: newKeyPair("P-256").spki,
      message: /does not verify with its own public key/,
    },
  ];
  for (const { why, message, ...plan } of refused) {
    it(`may not be ${why}`, () => {
      assert.throws(() => parseCertificateRequest(buildCsr(plan)), { name: "RefusalError", code: "bad_csr", message });
    });
  }

  const good = buildCsr();
  const goodRsa = buildCsr({ keyPair: rsa });
  const values: { why: string; csr: Der; message: RegExp }[] = [
    { why: "empty", csr: withSignature(good, bitString(Buffer.alloc(0))), message: /does not verify/ },
    { why: "zeros", csr: withSignature(good, bitString(Buffer.alloc(70))), message: /does not verify/ },
    {
      why: "r = s = 0",
      csr: withSignature(good, bitString(Buffer.from("3006020100020100", "hex"))),
      message: /does not verify/,
    },
    {
      why: "r and s without their SEQUENCE, as JOSE writes them",
      csr: withSignature(
        good,
        bitString(sign("sha256", bodyOf(good), { key: sharedKeyPair("P-256").privateKey, dsaEncoding: "ieee-p1363" })),
      ),
      message: /does not verify/,
    },
    {
      why: "not whole octets",
      csr: withSignature(good, encodeDer(TAG.bitString, Buffer.of(1, 0x80))),
      message: /the signature is not a whole number of octets/,
    },
    {
      why: "an OCTET STRING",
      csr: withSignature(good, encodeDer(TAG.octetString, Buffer.alloc(70))),
      message: /the signature is not there/,
    },
    {
      why: "PSS padding under a PKCS #1 name",
      csr: withSignature(
        goodRsa,
        bitString(sign("sha256", bodyOf(goodRsa), { key: rsa.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING })),
      ),
      message: /does not verify/,
    },
  ];
  for (const { why, csr, message } of values) {
    it(`may not be ${why}`, () => {
      assert.throws(() => parseCertificateRequest(csr), { name: "RefusalError", code: "bad_csr", message });
    });
  }
});

describe("a signed CSR", () => {
  it("is refused after any flip of one bit (P-256: all of them)", () => {
    const csr = buildCsr();
    for (let bit = 0; bit < csr.length * 8; bit++) assertRefused(flipped(csr, bit), `bit ${bit}`);
  });

  it("is refused after any flip of one bit (P-384 and RSA-2048: some of them)", () => {
    const csrs = [buildCsr({ keyPair: p384 }), buildCsr({ keyPair: rsa })];
    const place = fc.constantFrom(...csrs).chain((csr) => fc.tuple(fc.constant(csr), fc.nat(csr.length * 8 - 1)));
    fc.assert(
      fc.property(place, ([csr, bit]) => assertRefused(flipped(csr, bit), `bit ${bit}`)),
      { numRuns: 500 },
    );
  });

  it("is refused or read, and nothing else happens, when an attacker with the key signs any change of it", () => {
    const body = Buffer.from(bodyOf(buildCsr()));
    const change = fc.tuple(fc.nat(body.length - 1), fc.nat(3), fc.uint8Array({ maxLength: 4 }));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        const changed = changes.reduce(
          (bytes, [at, removed, inserted]) =>
            Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at + removed)]),
          body,
        );
        try {
          parseCertificateRequest(signInfo(changed));
        } catch (error) {
          assert.ok(error instanceof RefusalError, String(error));
        }
      }),
      { numRuns: 3000 },
    );
  });
});

function flipped(csr: Der, bit: number): Der {
  const changed = Buffer.from(csr);
  changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (0x80 >> (bit & 7));
  return changed;
}

function assertRefused(csr: Der, what: string): void {
  assert.throws(
    () => parseCertificateRequest(csr),
    (error) => error instanceof RefusalError && (error.code === "bad_csr" || error.code === "weak_key"),
    what,
  );
}
