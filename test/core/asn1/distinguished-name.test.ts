import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseCertificateRequest } from "../../../core/csr/certificate-request.ts";
import { parseDer, TAG, type Der } from "../../../core/asn1/der.ts";
import { encodeDer, sequence, setOf } from "../../../core/asn1/der-writer.ts";
import {
  describeName,
  encodeDistinguishedName,
  readDistinguishedName,
  subjectName,
  valuesOf,
} from "../../../core/asn1/distinguished-name.ts";
import { objectIdentifier, OID } from "../../../core/asn1/object-identifier.ts";
import { buildCsr, nameOf } from "../../support/certificate-requests.ts";

const T61_STRING = 0x14;
const UNIVERSAL_STRING = 0x1c;
const BMP_STRING = 0x1e;
const cn = (content: Uint8Array | string, tag: number = TAG.utf8String): Der =>
  nameOf({ type: OID.commonName, tag, content });
const attributeOf = (type: string, text: string): Der =>
  sequence(objectIdentifier(type), encodeDer(TAG.utf8String, Buffer.from(text)));

describe("the subject of a CSR", () => {
  const refused: { why: string; subject: Der; message: RegExp }[] = [
    {
      why: "two common names",
      subject: nameOf(
        { type: OID.commonName, tag: TAG.utf8String, content: "a" },
        { type: OID.commonName, tag: TAG.utf8String, content: "b" },
      ),
      message: /more than one common name/,
    },
    {
      why: "the same common name twice",
      subject: nameOf(
        { type: OID.commonName, tag: TAG.utf8String, content: "a" },
        { type: OID.commonName, tag: TAG.printableString, content: "a" },
      ),
      message: /more than one common name/,
    },
    {
      why: "an RDN of two types",
      subject: sequence(setOf(attributeOf(OID.organization, "o"), attributeOf(OID.commonName, "cn"))),
      message: /a relative distinguished name mixes attributes of several types/,
    },
    {
      why: "an RDN of two types among three values",
      subject: sequence(
        setOf(...["a", "b"].map((text) => attributeOf(OID.organization, text)), attributeOf(OID.commonName, "cn")),
      ),
      message: /a relative distinguished name mixes attributes of several types/,
    },
    {
      why: "two common names in one RDN",
      subject: sequence(setOf(attributeOf(OID.commonName, "a"), attributeOf(OID.commonName, "b"))),
      message: /more than one common name/,
    },
    { why: "an empty RDN", subject: sequence(setOf()), message: /a relative distinguished name has 0 elements/ },
    {
      why: "an RDN that is no SET",
      subject: sequence(sequence(attributeOf(OID.commonName, "a"))),
      message: /a relative distinguished name is not there/,
    },
    {
      why: "an attribute without a value",
      subject: sequence(setOf(sequence(objectIdentifier(OID.commonName)))),
      message: /a name attribute has 1 elements/,
    },
    {
      why: "an attribute with a third part",
      subject: sequence(setOf(sequence(objectIdentifier(OID.commonName), encodeDer(TAG.null), encodeDer(TAG.null)))),
      message: /a name attribute has 3 elements/,
    },
    {
      why: "an attribute whose type is no identifier",
      subject: sequence(setOf(sequence(encodeDer(TAG.null), encodeDer(TAG.null)))),
      message: /a name attribute has no type/,
    },
    {
      why: "a T61String",
      subject: cn("system:node:n1", T61_STRING),
      message: /UTF8String, PrintableString or IA5String/,
    },
    {
      why: "a BMPString",
      subject: cn(Buffer.from("n\0o\0d\0e\0"), BMP_STRING),
      message: /UTF8String, PrintableString or IA5String/,
    },
    {
      why: "a UniversalString",
      subject: cn(Buffer.from("\0\0\0a"), UNIVERSAL_STRING),
      message: /UTF8String, PrintableString or IA5String/,
    },
    {
      why: "an OCTET STRING as a name",
      subject: cn("a", TAG.octetString),
      message: /UTF8String, PrintableString or IA5String/,
    },
    { why: "a NUL in a UTF8String", subject: cn("system:node:n1\0.evil"), message: /control or invisible character/ },
    { why: "a NUL in an IA5String", subject: cn("a\0b", TAG.ia5String), message: /control or invisible character/ },
    {
      why: "a NUL in a PrintableString",
      subject: cn("a\0b", TAG.printableString),
      message: /PrintableString holds a character/,
    },
    { why: "a line feed", subject: cn("a\nb"), message: /control or invisible character/ },
    { why: "an escape", subject: cn("\u001b[2K"), message: /control or invisible character/ },
    { why: "a DEL", subject: cn("a\u007f"), message: /control or invisible character/ },
    { why: "a C1 control", subject: cn("a\u0085"), message: /control or invisible character/ },
    {
      why: "a right-to-left override",
      subject: cn("system:node:\u202etset"),
      message: /control or invisible character/,
    },
    { why: "a first strong isolate", subject: cn("\u2068a\u2069"), message: /control or invisible character/ },
    { why: "a zero-width space", subject: cn("n\u200b1"), message: /control or invisible character/ },
    { why: "a byte order mark", subject: cn("\ufeffn1"), message: /control or invisible character/ },
    { why: "a soft hyphen", subject: cn("n\u00ad1"), message: /control or invisible character/ },
    { why: "a line separator", subject: cn("a\u2028b"), message: /control or invisible character/ },
    { why: "an empty common name", subject: cn(""), message: /a name attribute is empty/ },
    {
      why: "65 characters",
      subject: cn("a".repeat(65)),
      message: /has 65 characters, allowed are 64 .* a node name behind "system:node:" has 52 at most/,
    },
    {
      why: "an attribute of another type with a control character",
      subject: nameOf({ type: OID.organizationalUnit, tag: TAG.utf8String, content: "\u0007" }),
      message: /control or invisible/,
    },
    { why: "a name that is no SEQUENCE", subject: setOf(), message: /the subject is not there/ },
  ];
  for (const { why, subject, message } of refused) {
    it(`may not have ${why}`, () => {
      assert.throws(() => parseCertificateRequest(buildCsr({ subject })), {
        name: "RefusalError",
        code: "bad_csr",
        message,
      });
    });
  }

  const accepted = [
    { why: "64 characters", subject: cn("a".repeat(64)), value: "a".repeat(64) },
    { why: "64 characters of four octets each", subject: cn("\u{1f511}".repeat(64)), value: "\u{1f511}".repeat(64) },
    { why: "a PrintableString", subject: cn("system:node:n1", TAG.printableString), value: "system:node:n1" },
    { why: "an IA5String", subject: cn("a@b", TAG.ia5String), value: "a@b" },
    { why: "a homoglyph, which policy refuses", subject: cn("system:node:n\u0456"), value: "system:node:n\u0456" },
  ];
  for (const { why, subject, value } of accepted) {
    it(`may have ${why}`, () => {
      assert.deepEqual(valuesOf(parseCertificateRequest(buildCsr({ subject })).subject, OID.commonName), [value]);
    });
  }
});

describe("distinguished names", () => {
  it("of certificates have one attribute in each RDN: their bytes are kept, and so is what they say", () => {
    const name = sequence(setOf(attributeOf(OID.organization, "a"), attributeOf(OID.organization, "b")));
    assert.throws(() => readDistinguishedName(parseDer(name)), { message: /a relative distinguished name has 2/ });
  });

  it("read back as they were written", () => {
    const value = fc.string({ minLength: 1, maxLength: 64, unit: "grapheme-ascii" });
    const type = fc.constantFrom(OID.commonName, OID.organization, OID.organizationalUnit, "2.5.4.6");
    fc.assert(
      fc.property(fc.array(fc.record({ type, value }, { noNullPrototype: true }), { maxLength: 5 }), (name) => {
        assert.deepEqual(readDistinguishedName(parseDer(encodeDistinguishedName(name))), name);
      }),
    );
  });

  it("hold organizations first and the common name last, as Go orders them", () => {
    assert.deepEqual(subjectName(["a", "b"], "c"), [
      { type: OID.organization, value: "a" },
      { type: OID.organization, value: "b" },
      { type: OID.commonName, value: "c" },
    ]);
    assert.deepEqual(subjectName([], undefined), []);
  });

  it("are described for people with what separates them escaped", () => {
    assert.equal(describeName(subjectName(["system:nodes"], "system:node:n1")), "O=system:nodes, CN=system:node:n1");
    assert.equal(describeName([{ type: "2.5.4.6", value: "a, CN=b" }]), "2.5.4.6=a\\, CN\\=b");
  });
});
