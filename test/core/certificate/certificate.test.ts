import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { before, describe, it } from "node:test";
import fc from "fast-check";
import { parseCertificate, publicKeyOf, type Certificate } from "../../../core/certificate/certificate.ts";
import { DerError, parseDer, TAG, type Der } from "../../../core/asn1/der.ts";
import {
  bitString,
  boolean,
  contextConstructed,
  encodeDer,
  octetString,
  sequence,
  time,
} from "../../../core/asn1/der-writer.ts";
import { valuesOf } from "../../../core/asn1/distinguished-name.ts";
import { objectIdentifier, OID } from "../../../core/asn1/object-identifier.ts";
import { ECDSA_SHA256, ECDSA_SHA384 } from "../../../core/keys/signature-algorithm.ts";
import { hoursFrom, nodeCertificate, NOW, testAuthorities } from "../../support/authorities.ts";
import { extension, NODE_SUBJECT } from "../../support/certificate-requests.ts";
import { sharedKeyPair } from "../../support/key-pairs.ts";

const { spki } = sharedKeyPair("P-256");
const NULL = encodeDer(TAG.null);
const text = (tag: number, value: string): Der => encodeDer(tag, Buffer.from(value));
const integer = (...octets: number[]): Der => encodeDer(TAG.integer, Uint8Array.from(octets));

interface Parts {
  readonly version?: Der;
  readonly serialNumber?: Der;
  readonly innerAlgorithm?: Der;
  readonly notBefore?: Der;
  readonly notAfter?: Der;
  readonly extensions?: readonly Der[];
  readonly more?: readonly Der[];
}

/** A certificate put together piece by piece; its signature is of no account to the reader. */
function certificateOf(parts: Parts = {}): Certificate {
  const tbs = sequence(
    parts.version ?? contextConstructed(0, integer(2)),
    parts.serialNumber ?? integer(1),
    parts.innerAlgorithm ?? ECDSA_SHA256.algorithmIdentifier,
    NODE_SUBJECT,
    sequence(parts.notBefore ?? time(NOW), parts.notAfter ?? time(hoursFrom(NOW, 1))),
    NODE_SUBJECT,
    spki,
    contextConstructed(3, sequence(...(parts.extensions ?? []))),
    ...(parts.more ?? []),
  );
  return parseCertificate(sequence(tbs, ECDSA_SHA256.algorithmIdentifier, bitString(Buffer.alloc(70))));
}

describe("parseCertificate", () => {
  let der: Der;
  before(async () => {
    der = nodeCertificate(await testAuthorities(), spki);
  });

  it("reads what node:crypto reads", () => {
    const [ours, theirs] = [parseCertificate(der), new X509Certificate(der)];
    assert.equal(ours.serialNumber, theirs.serialNumber.toLowerCase());
    assert.equal(ours.notBefore.getTime(), theirs.validFromDate.getTime());
    assert.equal(ours.notAfter.getTime(), theirs.validToDate.getTime());
    assert.equal(
      `O=${valuesOf(ours.subject, OID.organization).join()}\nCN=${valuesOf(ours.subject, OID.commonName).join()}`,
      theirs.subject,
    );
    assert.deepEqual(ours.extendedKeyUsages, theirs.keyUsage);
    assert.equal(ours.isCa, theirs.ca);
    assert.ok(publicKeyOf(ours).equals(theirs.publicKey));
    assert.deepEqual(ours.tbsCertificate, parseDer(der).children[0]?.encoded);
  });

  const refused: { why: string; parts: Parts; message: RegExp }[] = [
    { why: "version 1", parts: { version: contextConstructed(0, integer(0)) }, message: /not version 3/ },
    { why: "version 2", parts: { version: contextConstructed(0, integer(1)) }, message: /not version 3/ },
    { why: "version 4", parts: { version: contextConstructed(0, integer(3)) }, message: /not version 3/ },
    { why: "no version", parts: { version: integer(2) }, message: /the version is not there/ },
    {
      why: "a negative serial number",
      parts: { serialNumber: integer(0xff) },
      message: /the serial number is negative/,
    },
    {
      why: "a serial number of another type",
      parts: { serialNumber: octetString(NULL) },
      message: /the serial number is not there/,
    },
    {
      why: "two signature algorithms",
      parts: { innerAlgorithm: ECDSA_SHA384.algorithmIdentifier },
      message: /the two signature algorithms differ/,
    },
    {
      why: "a unique identifier",
      parts: { more: [bitString(Buffer.of(1))] },
      message: /the TBSCertificate has 9 elements/,
    },
    {
      why: "a UTCTime without seconds",
      parts: { notBefore: text(TAG.utcTime, "3005051200Z") },
      message: /a time of the validity is malformed/,
    },
    {
      why: "a UTCTime with an offset",
      parts: { notBefore: text(TAG.utcTime, "300505120000+0100") },
      message: /time of the validity/,
    },
    {
      why: "a UTCTime of four-digit years",
      parts: { notBefore: text(TAG.utcTime, "20300505120000Z") },
      message: /time of the validity/,
    },
    {
      why: "a GeneralizedTime before 2050",
      parts: { notBefore: text(TAG.generalizedTime, "20300505120000Z") },
      message: /time of the validity/,
    },
    {
      why: "a GeneralizedTime with a fraction",
      parts: { notAfter: text(TAG.generalizedTime, "20500505120000.5Z") },
      message: /time of the validity/,
    },
    {
      why: "the 30th of February",
      parts: { notBefore: text(TAG.utcTime, "300230120000Z") },
      message: /time of the validity/,
    },
    { why: "the 24th hour", parts: { notBefore: text(TAG.utcTime, "300505240000Z") }, message: /time of the validity/ },
    {
      why: "a time of another type",
      parts: { notBefore: text(TAG.ia5String, "300505120000Z") },
      message: /time of the validity/,
    },
    {
      why: "an extension twice",
      parts: { extensions: [extension("1.2.3", NULL), extension("1.2.3", NULL)] },
      message: /the extension 1\.2\.3 is there twice/,
    },
    {
      why: "an extension whose value is no DER",
      parts: { extensions: [extension("1.2.3", Buffer.of(0x30, 0x80))] },
      message: /indefinite lengths/,
    },
    {
      why: "critical FALSE spelled out",
      parts: { extensions: [extension("1.2.3", NULL, false)] },
      message: /spells out the default/,
    },
    {
      why: "a critical flag of another type",
      parts: { extensions: [sequence(objectIdentifier("1.2.3"), NULL, octetString(NULL))] },
      message: /critical flag is not there/,
    },
    {
      why: "basic constraints of another type",
      parts: { extensions: [extension(OID.basicConstraints, boolean(true))] },
      message: /the basic constraints is not there/,
    },
    {
      why: "an extended key usage of other types",
      parts: { extensions: [extension(OID.extendedKeyUsage, sequence(NULL))] },
      message: /an extended key usage is not there/,
    },
    {
      why: "an empty extended key usage",
      parts: { extensions: [extension(OID.extendedKeyUsage, sequence())] },
      message: /the extended key usage has 0/,
    },
    {
      why: "a subject key identifier of another type",
      parts: { extensions: [extension(OID.subjectKeyIdentifier, NULL)] },
      message: /the subject key identifier is not there/,
    },
  ];
  for (const { why, parts, message } of refused) {
    it(`refuses ${why}`, () => {
      assert.throws(() => certificateOf(parts), { name: "DerError", message });
    });
  }

  it("takes for a CA only what says TRUE", () => {
    const isCa = (...content: Der[]): boolean =>
      certificateOf({ extensions: [extension(OID.basicConstraints, sequence(...content), true)] }).isCa;
    assert.equal(isCa(boolean(true)), true);
    assert.equal(isCa(boolean(true), integer(0)), true);
    assert.equal(isCa(), false);
    assert.equal(isCa(boolean(false)), false);
    assert.equal(isCa(integer(0)), false);
    assert.equal(certificateOf().isCa, false);
  });

  it("reads the years 1950 to 2049 from UTCTime and the later ones from GeneralizedTime", () => {
    for (const at of [
      "1950-01-01T00:00:00Z",
      "1999-12-31T23:59:59Z",
      "2049-12-31T23:59:59Z",
      "2050-01-01T00:00:00Z",
      "9999-12-31T23:59:59Z",
    ]) {
      const tag = new Date(at).getUTCFullYear() < 2050 ? TAG.utcTime : TAG.generalizedTime;
      const digits = `${at.replace(/[-:TZ]/g, "")}Z`;
      const notAfter = text(tag, tag === TAG.utcTime ? digits.slice(2) : digits);
      assert.deepEqual(certificateOf({ notAfter }).notAfter, new Date(at));
    }
  });

  it("writes a serial number as it is stored: no sign octet, whatever its first bit", () => {
    assert.equal(certificateOf({ serialNumber: integer(0, 0x8f, 1) }).serialNumber, "8f01");
    assert.equal(certificateOf({ serialNumber: integer(0) }).serialNumber, "00");
  });

  it("throws DerError and nothing else, whatever is changed", () => {
    const change = fc.tuple(fc.nat(der.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        const changed = Buffer.from(der);
        for (const [at, octet] of changes) changed[at] = octet;
        try {
          parseCertificate(changed);
        } catch (error) {
          assert.ok(error instanceof DerError, String(error));
        }
      }),
      { numRuns: 2000 },
    );
  });
});
