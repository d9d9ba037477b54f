import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MAX_CSR_DER_BYTES, parseCertificateRequest } from "../../../core/csr/certificate-request.ts";
import { TAG, type Der } from "../../../core/asn1/der.ts";
import {
  bitString,
  contextConstructed,
  encodeDer,
  octetString,
  sequence,
  setOf,
} from "../../../core/asn1/der-writer.ts";
import { OID } from "../../../core/asn1/object-identifier.ts";
import { encodePem } from "../../../core/asn1/pem.ts";
import { NO_EXTENSIONS } from "../../../core/csr/requested-extensions.ts";
import { ECDSA_SHA256 } from "../../../core/keys/signature-algorithm.ts";
import { attribute, buildCsr, extensionRequest, NODE_SUBJECT, signInfo } from "../../support/certificate-requests.ts";
import { sharedKeyPair } from "../../support/key-pairs.ts";

const CHALLENGE_PASSWORD = "1.2.840.113549.1.9.7";
const UNSTRUCTURED_NAME = "1.2.840.113549.1.9.2";
const TEXT = encodeDer(TAG.utf8String, Buffer.from("x"));
const NULL = encodeDer(TAG.null);
const integer = (...octets: number[]): Der => encodeDer(TAG.integer, Uint8Array.from(octets));
const { spki } = sharedKeyPair("P-256");
const INFO = sequence(integer(0), NODE_SUBJECT, spki, contextConstructed(0));
const GOOD = buildCsr();
const nested = (levels: number): Der => Array.from({ length: levels }).reduce<Der>((inner) => sequence(inner), NULL);

/** An indefinite length in place of the outermost one: BER for the same request. */
function indefinite(csr: Der): Der {
  const headerBytes = (csr[1] ?? 0) < 0x80 ? 2 : 2 + ((csr[1] ?? 0) & 0x7f);
  return Buffer.concat([Buffer.from([0x30, 0x80]), csr.subarray(headerBytes), Buffer.from([0, 0])]);
}

describe("parseCertificateRequest", () => {
  const refused: { why: string; csr: Uint8Array<ArrayBuffer>; code?: string; message: RegExp }[] = [
    { why: "nothing", csr: Buffer.alloc(0), message: /cut off/ },
    {
      why: "PEM where DER is expected",
      csr: Buffer.from(encodePem("CERTIFICATE REQUEST", GOOD)),
      message: /it is PEM, not DER; send it as application\/x-pem-file/,
    },
    {
      why: "base64 where DER is expected",
      csr: Buffer.from(Buffer.from(GOOD).toString("base64")),
      message: /it is base64, not DER; decode it first/,
    },
    { why: "bytes after the CSR", csr: Buffer.concat([GOOD, Buffer.of(0)]), message: /1 bytes follow/ },
    { why: "two CSRs in a row", csr: Buffer.concat([GOOD, GOOD]), message: /bytes follow the outermost/ },
    { why: "an indefinite length", csr: indefinite(GOOD), message: /indefinite lengths are BER/ },
    {
      why: "a length that is too long",
      csr: Buffer.concat([Buffer.of(0x30, 0x83, 0, GOOD.length - 3), GOOD.subarray(3)]),
      message: /shortest form/,
    },
    { why: "another outermost type", csr: setOf(INFO), message: /the CSR is not there, or of another type/ },
    {
      why: "a CSR without a signature",
      csr: sequence(INFO, ECDSA_SHA256.algorithmIdentifier),
      message: /the CSR has 2 elements/,
    },
    {
      why: "a CSR with a fourth part",
      csr: sequence(...[INFO, ECDSA_SHA256.algorithmIdentifier, bitString(Buffer.of(1)), NULL]),
      message: /the CSR has 4 elements/,
    },
    {
      why: "a body without a key",
      csr: signInfo(sequence(integer(0), NODE_SUBJECT)),
      message: /the CSR's body has 2 elements/,
    },
    {
      why: "a body with a fifth part",
      csr: signInfo(sequence(integer(0), NODE_SUBJECT, spki, contextConstructed(0), NULL)),
      message: /the CSR's body has 5/,
    },
    { why: "a body of another type", csr: signInfo(octetString(INFO)), message: /the CSR's body is not there/ },
    {
      why: "a body in another order",
      csr: signInfo(sequence(NODE_SUBJECT, integer(0), spki, contextConstructed(0))),
      message: /the version is not there/,
    },
    { why: "version 1", csr: buildCsr({ version: integer(1) }), message: /the version is not 0/ },
    {
      why: "version 2, as some clients write it",
      csr: buildCsr({ version: integer(2) }),
      message: /the version is not 0/,
    },
    { why: "version -1", csr: buildCsr({ version: integer(0xff) }), message: /the version is not 0/ },
    { why: "version 256", csr: buildCsr({ version: integer(1, 0) }), message: /the version is not 0/ },
    { why: "an empty version", csr: buildCsr({ version: integer() }), message: /an INTEGER is empty/ },
    {
      why: "a version of another type",
      csr: buildCsr({ version: encodeDer(TAG.boolean, Buffer.of(0)) }),
      message: /the version is not there/,
    },
    {
      why: "attributes as a plain SET",
      csr: buildCsr({ encodedAttributes: setOf() }),
      message: /the attributes is not there/,
    },
    {
      why: "attributes that are primitive",
      csr: buildCsr({ encodedAttributes: encodeDer(0x80) }),
      message: /the attributes is not there/,
    },
    {
      why: "an attribute twice",
      csr: buildCsr({ attributes: [attribute(CHALLENGE_PASSWORD, TEXT), attribute(CHALLENGE_PASSWORD, TEXT)] }),
      message: /the attribute 1\.2\.840\.113549\.1\.9\.7 is there twice/,
    },
    {
      why: "two extension requests",
      csr: buildCsr({ attributes: [extensionRequest(), extensionRequest()] }),
      message: /is there twice/,
    },
    {
      why: "an attribute without a value",
      csr: buildCsr({ attributes: [attribute(CHALLENGE_PASSWORD)] }),
      message: /an attribute's values has 0 elements/,
    },
    {
      why: "an attribute with two values",
      csr: buildCsr({ attributes: [attribute(OID.extensionRequest, sequence(), sequence(NULL))] }),
      message: /an attribute's values has 2 elements/,
    },
    {
      why: "an attribute without a SET",
      csr: buildCsr({ attributes: [sequence(NULL)] }),
      message: /an attribute has 1 elements/,
    },
    {
      why: "an attribute whose type is no identifier",
      csr: buildCsr({ attributes: [sequence(NULL, setOf(NULL))] }),
      message: /an attribute's type is not there/,
    },
    {
      why: "an extension request that is no SEQUENCE",
      csr: buildCsr({ attributes: [attribute(OID.extensionRequest, NULL)] }),
      message: /the extension request is not there/,
    },
    {
      why: "64 nested sequences",
      csr: buildCsr({ attributes: [attribute(CHALLENGE_PASSWORD, nested(64))] }),
      message: /more than 16 levels of nesting/,
    },
    {
      why: "3,000 elements",
      csr: buildCsr({
        attributes: [attribute(CHALLENGE_PASSWORD, sequence(...Array.from({ length: 3000 }, () => NULL)))],
      }),
      message: /more than 2048 elements/,
    },
    {
      why: "10,000 attributes",
      csr: buildCsr({ attributes: Array.from({ length: 10_000 }, (_, index) => attribute(`1.2.3.${index}`, TEXT)) }),
      code: "too_large",
      message: /bytes, allowed are 8192/,
    },
    {
      why: "1 MB",
      csr: buildCsr({ attributes: [attribute(CHALLENGE_PASSWORD, octetString(Buffer.alloc(1_000_000)))] }),
      code: "too_large",
      message: /the CSR has 1000\d+ bytes, allowed are 8192/,
    },
  ];
  for (const { why, csr, code = "bad_csr", message } of refused) {
    it(`refuses ${why}`, () => {
      assert.throws(() => parseCertificateRequest(csr), { name: "RefusalError", code, message, field: "csr" });
    });
  }

  it("refuses a CSR cut off at any offset", () => {
    for (let length = 0; length < GOOD.length; length++) {
      assert.throws(() => parseCertificateRequest(GOOD.subarray(0, length)), { code: "bad_csr" }, `at ${length}`);
    }
  });

  it("refuses a CSR one octet over the limit and not the one at the limit", () => {
    const csrOf = (bytes: number): Der =>
      buildCsr({ attributes: [attribute(CHALLENGE_PASSWORD, octetString(Buffer.alloc(bytes)))] });
    // An ECDSA signature has 70 to 72 octets, or fewer: the size is met by trying.
    const ofSize = (wanted: number): Der => {
      for (let bytes = wanted - 330; ; bytes++) {
        const csr = csrOf(bytes);
        if (csr.length === wanted) return csr;
        if (csr.length > wanted) bytes -= 4;
      }
    };
    assert.doesNotThrow(() => parseCertificateRequest(ofSize(MAX_CSR_DER_BYTES)));
    assert.throws(() => parseCertificateRequest(ofSize(MAX_CSR_DER_BYTES + 1)), { code: "too_large" });
  });

  const accepted = [
    { why: "no attributes", csr: buildCsr() },
    { why: "an empty subject", csr: buildCsr({ subject: sequence() }) },
    {
      why: "a challenge password, of which nothing is kept",
      csr: buildCsr({ attributes: [attribute(CHALLENGE_PASSWORD, TEXT)] }),
    },
    {
      why: "several attributes in order",
      csr: buildCsr({ attributes: [attribute(UNSTRUCTURED_NAME, TEXT), attribute(CHALLENGE_PASSWORD, TEXT)] }),
    },
    { why: "an extension request without extensions", csr: buildCsr({ attributes: [extensionRequest()] }) },
  ];
  for (const { why, csr } of accepted) {
    it(`accepts ${why}`, () => {
      const request = parseCertificateRequest(csr);
      assert.equal(request.der, csr);
      assert.equal(request.keyType, "P-256");
      assert.deepEqual(request.extensions, NO_EXTENSIONS);
    });
  }
});
