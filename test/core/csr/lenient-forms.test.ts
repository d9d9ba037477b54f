import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Der } from "../../../core/asn1/der.ts";
import { contextConstructed, encodeDer, octetString, sequence } from "../../../core/asn1/der-writer.ts";
import { objectIdentifier, OID } from "../../../core/asn1/object-identifier.ts";
import { parseCertificateRequest, type CertificateRequest } from "../../../core/csr/certificate-request.ts";
import {
  attribute,
  buildCsr,
  extension,
  extensionRequest,
  NODE_SUBJECT,
  signInfo,
  type CsrPlan,
} from "../../support/certificate-requests.ts";
import { sharedKeyPair } from "../../support/key-pairs.ts";
import { OPENSSL_SKIP } from "../../support/openssl.ts";
import { readByOpenssl, subjectOf } from "../../support/request-opinions.ts";

/** What generators get wrong and what means the same all the same. The rest is refused as before, whatever else is so. */

const CHALLENGE_PASSWORD = "1.2.840.113549.1.9.7";
const UNSTRUCTURED_NAME = "1.2.840.113549.1.9.2";
const NULL = encodeDer(0x05);
const utf8 = (text: string): Der => encodeDer(0x0c, Buffer.from(text));
const value = (type: string, text: string, tag = 0x0c): Der =>
  sequence(objectIdentifier(type), encodeDer(tag, Buffer.from(text)));
/** A SET in the order given, which `setOf` would sort. */
const unsorted = (...elements: readonly Der[]): Der => encodeDer(0x31, ...elements);
const rdns = (...sets: readonly Der[]): Der => sequence(...sets);
const passwordFirst = [attribute(CHALLENGE_PASSWORD, utf8("x")), attribute(UNSTRUCTURED_NAME, utf8("a longer one"))];
const keyUsage = (...octets: number[]): Der =>
  extensionRequest(extension(OID.keyUsage, encodeDer(0x03, Uint8Array.from(octets)), true));

function meaning({ subject, extensions, keyType, spki }: CertificateRequest): unknown {
  return { subject, extensions, keyType, spki: Buffer.from(spki).toString("hex") };
}

describe("a CSR that is not quite DER, and means the same", () => {
  const organizations = rdns(
    unsorted(value(OID.organization, "team-b")),
    unsorted(value(OID.organization, "team-a")),
    unsorted(value(OID.commonName, "alice")),
  );
  const rsa = sharedKeyPair("RSA-2048");
  const forms: { why: string; csr: Der; as: CsrPlan }[] = [
    {
      why: "ECDSA with NULL parameters (Mbed TLS)",
      csr: buildCsr({ algorithmIdentifier: sequence(objectIdentifier(OID.ecdsaWithSha256), NULL) }),
      as: {},
    },
    {
      why: "RSA without NULL parameters",
      csr: buildCsr({ keyPair: rsa, algorithmIdentifier: sequence(objectIdentifier(OID.sha256WithRsaEncryption)) }),
      as: { keyPair: rsa },
    },
    {
      why: "attributes out of order (node-forge)",
      csr: buildCsr({ encodedAttributes: contextConstructed(0, ...[...passwordFirst].reverse()) }),
      as: {},
    },
    {
      why: "attributes left out (Bouncy Castle)",
      csr: signInfo(sequence(encodeDer(0x02, Uint8Array.of(0)), NODE_SUBJECT, sharedKeyPair("P-256").spki)),
      as: {},
    },
    {
      why: "a padded key usage (rcgen)",
      csr: buildCsr({ attributes: [keyUsage(7, 0x80, 0)] }),
      as: { attributes: [keyUsage(7, 0x80)] },
    },
    {
      why: "a key usage padded to whole octets",
      csr: buildCsr({ attributes: [keyUsage(0, 0xa0, 0, 0)] }),
      as: { attributes: [keyUsage(5, 0xa0)] },
    },
    {
      why: "two organizations in one RDN, in any order (Go, cfssl)",
      csr: buildCsr({
        subject: rdns(
          unsorted(value(OID.organization, "team-b"), value(OID.organization, "team-a")),
          unsorted(value(OID.commonName, "alice")),
        ),
      }),
      as: { subject: organizations },
    },
  ];
  for (const { why, csr, as } of forms) {
    it(`is read: ${why}`, () => {
      assert.deepEqual(meaning(parseCertificateRequest(csr)), meaning(parseCertificateRequest(buildCsr(as))));
    });

    it(`is read as openssl reads it: ${why}`, { skip: OPENSSL_SKIP }, () => {
      const { der, subject, publicKey } = parseCertificateRequest(csr);
      const publicKeyPem = publicKey.export({ format: "pem", type: "spki" });
      assert.deepEqual(readByOpenssl(der), { subject: subjectOf(subject), publicKeyPem });
    });
  }

  /** All that is lenient at once, and one thing that decides who somebody is. */
  const lenient = {
    algorithmIdentifier: sequence(objectIdentifier(OID.ecdsaWithSha256), NULL),
    encodedAttributes: contextConstructed(0, ...passwordFirst, keyUsage(7, 0x80, 0)),
  };
  const both = unsorted(value(OID.organization, "b"), value(OID.organization, "a"));
  const cn = unsorted(value(OID.commonName, "system:node:n1"));
  const faults: { why: string; plan: CsrPlan; message: RegExp }[] = [
    { why: "two common names", plan: { subject: rdns(cn, both, cn) }, message: /more than one common name/ },
    {
      why: "two common names in one RDN",
      plan: { subject: rdns(unsorted(value(OID.commonName, "b"), value(OID.commonName, "a"))) },
      message: /more than one common name/,
    },
    {
      why: "a common name beside an organization",
      plan: { subject: rdns(unsorted(value(OID.organization, "a"), value(OID.commonName, "b"))) },
      message: /mixes attributes of several types/,
    },
    { why: "a NUL in a name", plan: { subject: rdns(unsorted(value(OID.commonName, "a\0b"))) }, message: /control or/ },
    {
      why: "a T61String among organizations",
      plan: { subject: rdns(unsorted(value(OID.organization, "b"), value(OID.organization, "a", 0x14)), cn) },
      message: /must be a UTF8String/,
    },
    {
      why: "a BMPString among organizations",
      plan: { subject: rdns(unsorted(value(OID.organization, "b"), value(OID.organization, "\0a", 0x1e)), cn) },
      message: /must be a UTF8String/,
    },
    { why: "an empty RDN", plan: { subject: rdns(unsorted(), cn) }, message: /has 0 elements/ },
    {
      why: "two extension requests",
      plan: { encodedAttributes: contextConstructed(0, extensionRequest(), ...passwordFirst, extensionRequest()) },
      message: /the attribute 1\.2\.840\.113549\.1\.9\.14 is there twice/,
    },
    {
      why: "an extension request with two values",
      plan: { encodedAttributes: contextConstructed(0, attribute(OID.extensionRequest, sequence(), sequence())) },
      message: /an attribute's values has 2 elements/,
    },
    {
      why: "an extension twice",
      plan: {
        encodedAttributes: contextConstructed(0, extensionRequest(extension("1.2.3", NULL), extension("1.2.3", NULL))),
      },
      message: /1\.2\.3 is there twice/,
    },
    { why: "version 1", plan: { version: encodeDer(0x02, Uint8Array.of(1)) }, message: /the version is not 0/ },
    { why: "another's key", plan: { spki: sharedKeyPair("P-384").spki }, message: /does not verify/ },
    {
      why: "attributes that are primitive",
      plan: { encodedAttributes: encodeDer(0x80) },
      message: /the attributes is not there/,
    },
    {
      why: "something else where the attributes are",
      plan: { encodedAttributes: octetString(NULL) },
      message: /the attributes is not there/,
    },
  ];
  for (const { why, plan, message } of faults) {
    it(`is refused for its own reason all the same: ${why}`, () => {
      assert.throws(() => parseCertificateRequest(buildCsr({ ...lenient, ...plan })), {
        name: "RefusalError",
        code: "bad_csr",
        message,
      });
    });
  }

  it("is refused with a length in BER, a byte behind it, or a bit of its signature changed", () => {
    const csr = buildCsr(lenient);
    const body = csr.subarray(csr[1] === 0x82 ? 4 : 3);
    const refused = [
      Buffer.concat([csr, Buffer.of(0)]),
      Buffer.concat([Buffer.of(0x30, 0x83, 0, body.length >> 8, body.length & 0xff), body]),
      Buffer.concat([Buffer.of(0x30, 0x80), body, Buffer.of(0, 0)]),
      Buffer.concat([csr.subarray(0, -1), Buffer.of((csr.at(-1) ?? 0) ^ 1)]),
    ];
    for (const bytes of refused) assert.throws(() => parseCertificateRequest(bytes), { code: "bad_csr" });
  });

  it("names the same organizations, however they are spread over RDNs", () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(names, fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }), (organizations, splits) => {
        const groups: string[][] = [];
        organizations.forEach((name, index) => {
          const last = groups.at(-1);
          if (last === undefined || splits[index] === true) groups.push([name]);
          else last.push(name);
        });
        const sets = groups.map((group) => unsorted(...group.map((name) => value(OID.organization, name))));
        const { subject } = parseCertificateRequest(buildCsr({ subject: rdns(...sets, cn) }));
        assert.deepEqual(
          subject.map(({ value: text }) => text),
          [...organizations, "system:node:n1"],
        );
      }),
      { numRuns: 200 },
    );
  });
});
