import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { before, describe, it } from "node:test";
import fc from "fast-check";
import { parseDer, TAG, type Der } from "../../../core/asn1/der.ts";
import { sequence } from "../../../core/asn1/der-writer.ts";
import { KEY_TYPES } from "../../../core/keys/key-type.ts";
import { OID } from "../../../core/asn1/object-identifier.ts";
import type { SerialNumber } from "../../../core/certificate/serial-number.ts";
import { issuingAlgorithm } from "../../../core/keys/signature-algorithm.ts";
import { assembleCertificate, buildEndEntityTbs, type EndEntity } from "../../../core/certificate/tbs-certificate.ts";
import { NOW, testAuthorities, type TestAuthorities } from "../../support/authorities.ts";
import { fieldsOf } from "../../support/certificate-fields.ts";
import { nameOf } from "../../support/certificate-requests.ts";
import { sharedKeyPair } from "../../support/key-pairs.ts";

const SERIAL = "8f".repeat(16) as SerialNumber;
const EC_SPKI = sharedKeyPair("P-256").spki;
const RSA_SPKI = sharedKeyPair("RSA-2048").spki;
const ENTITY: EndEntity = {
  serialNumber: SERIAL,
  validity: { notBefore: NOW, notAfter: new Date("2030-05-12T12:00:00Z") },
  subject: [
    { type: OID.organization, value: "system:nodes" },
    { type: OID.commonName, value: "system:node:n1" },
  ],
  dnsNames: [],
  ipAddresses: [],
  usages: ["digital signature", "client auth"],
  spki: EC_SPKI,
};
const hex = (der: Uint8Array | undefined): string => Buffer.from(der ?? []).toString("hex");

describe("buildEndEntityTbs (RFC 5280, rule numbers of the profile lint)", () => {
  let authorities: TestAuthorities;
  before(async () => {
    authorities = await testAuthorities();
  });
  const build = (changes: Partial<EndEntity> = {}): Der =>
    buildEndEntityTbs(authorities.issuer, { ...ENTITY, ...changes });
  const extension = (type: string, changes: Partial<EndEntity> = {}) =>
    fieldsOf(build(changes)).extensions.find((candidate) => candidate.type === type);

  it("says where OCSP is answered, or that nobody is told of its revocation (RFC 5280 4.2.2.1, RFC 9608 2)", () => {
    assert.equal(extension(OID.authorityInfoAccess), undefined);
    assert.equal(extension(OID.noRevAvail), undefined);
    const url = "http://ocsp.example/v1/ocsp";
    const access = extension(OID.authorityInfoAccess, { ocspUrl: url });
    // SEQUENCE { SEQUENCE { id-ad-ocsp, [6] URI } }, encoded by hand.
    assert.equal(access?.isCritical, false);
    assert.equal(hex(access.value.encoded), `3029302706082b06010505073001861b${Buffer.from(url).toString("hex")}`);
    const none = extension(OID.noRevAvail, { noRevAvail: true });
    assert.equal(none?.isCritical, false);
    assert.equal(hex(none.value.encoded), "0500");
  });

  it("never says both (RFC 9608 section 3)", () => {
    for (const other of [{ ocspUrl: "http://o.example" }, { revocationListUrl: "http://c.example" }])
      assert.throws(() => build({ ...other, noRevAvail: true }), /cannot say both/);
  });

  it("writes DER that reads back (1)", () => {
    const everything = build({ dnsNames: ["a.example"], ipAddresses: ["10.0.0.1"], spki: RSA_SPKI });
    assert.deepEqual(parseDer(everything).encoded, everything);
  });

  it("writes version 3 and no unique identifiers (5)", () => {
    const { version, rest } = fieldsOf(build());
    assert.equal(hex(version.encoded), "a003020102");
    assert.deepEqual(rest, []);
  });

  it("names the same algorithm inside and outside, with the parameters it must have (2)", () => {
    for (const keyType of KEY_TYPES) {
      const signatureAlgorithm = issuingAlgorithm(keyType);
      const tbs = buildEndEntityTbs({ ...authorities.issuer, signatureAlgorithm }, ENTITY);
      const [inside, outside] = [
        fieldsOf(tbs).algorithm,
        parseDer(assembleCertificate(tbs, signatureAlgorithm, tbs)).children[1],
      ];
      assert.equal(hex(inside.encoded), hex(outside?.encoded));
      assert.equal(inside.children.length, keyType.startsWith("RSA") ? 2 : 1);
      assert.equal(inside.children[1]?.tag, keyType.startsWith("RSA") ? TAG.null : undefined);
    }
  });

  it("signs with the hash that fits the CA's key (3)", () => {
    assert.deepEqual(
      KEY_TYPES.map((keyType) => issuingAlgorithm(keyType).name),
      [
        "ecdsa-with-SHA256",
        "ecdsa-with-SHA384",
        "sha256WithRSAEncryption",
        "sha256WithRSAEncryption",
        "sha256WithRSAEncryption",
        "Ed25519",
      ],
    );
  });

  it("writes a positive serial number of at most 20 octets (6)", () => {
    assert.equal(hex(fieldsOf(build()).serialNumber.content), `00${SERIAL}`);
    const low = "01".repeat(16) as SerialNumber;
    assert.equal(hex(fieldsOf(build({ serialNumber: low })).serialNumber.content), low);
  });

  it("copies the issuer's name byte for byte, whatever its string types (7)", () => {
    const subjectName = nameOf(
      { type: OID.organization, tag: TAG.utf8String, content: "plain" },
      { type: OID.commonName, tag: TAG.ia5String, content: "old CA" },
    );
    const tbs = buildEndEntityTbs({ ...authorities.issuer, subjectName }, ENTITY);
    assert.equal(hex(fieldsOf(tbs).issuer.encoded), hex(subjectName));
  });

  it("writes times by their century, each for itself (8)", () => {
    const validity = { notBefore: new Date("2049-12-31T23:59:59Z"), notAfter: new Date("2050-01-01T00:00:00Z") };
    const [from, until] = fieldsOf(build({ validity })).validity.children;
    assert.deepEqual([from?.tag, Buffer.from(from?.content ?? []).toString()], [TAG.utcTime, "491231235959Z"]);
    assert.deepEqual(
      [until?.tag, Buffer.from(until?.content ?? []).toString()],
      [TAG.generalizedTime, "20500101000000Z"],
    );
  });

  it("writes the subject with one attribute in each RDN, O before CN (10)", () => {
    const rdns = fieldsOf(build()).subject.children;
    assert.ok(rdns.every(({ tag, children }) => tag === TAG.set && children.length === 1));
    const strings = rdns.map(({ children: [attribute] }) => attribute?.children[1]);
    assert.deepEqual(
      strings.map((string) => string?.tag),
      [TAG.printableString, TAG.printableString],
    );
    assert.deepEqual(
      strings.map((string) => Buffer.from(string?.content ?? []).toString()),
      ["system:nodes", "system:node:n1"],
    );
  });

  it("copies the subject's key byte for byte (11)", () => {
    for (const keyType of KEY_TYPES) {
      const { spki } = sharedKeyPair(keyType);
      assert.equal(hex(fieldsOf(build({ spki })).spki.encoded), hex(spki));
    }
  });

  it("writes each extension once, in Kubernetes' order, critical where it must be (4.2)", () => {
    const listed = (changes: Partial<EndEntity>) =>
      fieldsOf(build(changes)).extensions.map(({ type, isCritical }) => ({ type, isCritical }));
    const usual = [
      { type: OID.keyUsage, isCritical: true },
      { type: OID.extendedKeyUsage, isCritical: false },
      { type: OID.basicConstraints, isCritical: true },
      { type: OID.subjectKeyIdentifier, isCritical: false },
      { type: OID.authorityKeyIdentifier, isCritical: false },
    ];
    assert.deepEqual(listed({}), usual);
    assert.deepEqual(listed({ dnsNames: ["a"] }), [...usual, { type: OID.subjectAltName, isCritical: false }]);
  });

  it("points to the issuer's key by its subject key identifier alone (14)", () => {
    const { value } = extension(OID.authorityKeyIdentifier) ?? {};
    assert.equal(hex(value?.encoded), `30168014${hex(authorities.issuer.subjectKeyId)}`);
  });

  it("identifies the subject's key by RFC 7093's first method (15)", () => {
    const point = EC_SPKI.subarray(-65);
    const digest = createHash("sha256").update(point).digest("hex");
    assert.equal(hex(extension(OID.subjectKeyIdentifier)?.value.content), digest.slice(0, 40));
  });

  const keyUsages = [
    { why: "EC: digitalSignature", usages: ["digital signature", "client auth"], spki: EC_SPKI, is: "03020780" },
    {
      why: "EC, though an old kubelet asks for key encipherment: digitalSignature (RFC 8813)",
      usages: ["key encipherment", "digital signature", "client auth"],
      spki: EC_SPKI,
      is: "03020780",
    },
    {
      why: "RSA: digitalSignature and keyEncipherment",
      usages: ["key encipherment", "digital signature", "client auth"],
      spki: RSA_SPKI,
      is: "030205a0",
    },
    {
      why: "RSA that asked for digitalSignature only",
      usages: ["digital signature", "client auth"],
      spki: RSA_SPKI,
      is: "03020780",
    },
    { why: "no key usage asked for: no extension, never an empty one", usages: ["client auth"], spki: EC_SPKI, is: "" },
  ];
  for (const { why, usages, spki, is } of keyUsages) {
    it(`writes the key usage of ${why} (16)`, () => {
      assert.equal(hex(extension(OID.keyUsage, { usages, spki })?.value.encoded), is);
    });
  }

  it("writes an end-entity's basic constraints as an empty SEQUENCE (17)", () => {
    assert.equal(hex(extension(OID.basicConstraints)?.value.encoded), "3000");
  });

  it("writes the extended key usages asked for, each once, and no extension for none (18)", () => {
    const purposes = (usages: string[]): string => hex(extension(OID.extendedKeyUsage, { usages })?.value.encoded);
    assert.equal(purposes(["client auth"]), "300a06082b06010505070302");
    assert.equal(
      purposes(["client auth", "client auth", "server auth"]),
      "301406082b0601050507030106082b06010505070302",
    );
    assert.equal(purposes(["digital signature"]), "");
  });

  it("writes alternative names: IA5 names as [2], addresses as [7] of 4 or 16 octets (19)", () => {
    const { value } = extension(OID.subjectAltName, { dnsNames: ["a.b"], ipAddresses: ["10.0.0.1", "::1"] }) ?? {};
    assert.equal(hex(value?.content), `8203612e6287040a0000018710${"00".repeat(15)}01`);
  });

  it("marks the alternative names critical when, and only when, the subject is empty (19)", () => {
    assert.equal(extension(OID.subjectAltName, { dnsNames: ["a"], subject: [] })?.isCritical, true);
    assert.equal(hex(fieldsOf(build({ dnsNames: ["a"], subject: [] })).subject.encoded), hex(sequence()));
    assert.equal(extension(OID.subjectAltName, { dnsNames: ["a"] })?.isCritical, false);
  });

  it("never writes as an address what is none", () => {
    assert.throws(() => build({ ipAddresses: ["n1.example"] }), /"n1.example" reached the certificate builder/);
  });

  it("writes names that any text survives: PrintableString where it may, UTF8String else (10)", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }), (value) => {
        const tbs = build({ subject: [{ type: OID.commonName, value }] });
        const string = fieldsOf(tbs).subject.children[0]?.children[0]?.children[1];
        assert.equal(Buffer.from(string?.content ?? []).toString("utf8"), value);
        assert.ok(string?.tag === TAG.printableString || string?.tag === TAG.utf8String);
      }),
    );
  });
});
