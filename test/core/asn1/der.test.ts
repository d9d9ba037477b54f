import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { childrenOf, contentOf, DerError, parseDer, wholeOctetsOf } from "../../../core/asn1/der.ts";
import { encodeDer, sequence } from "../../../core/asn1/der-writer.ts";
import { buildCsr } from "../../support/certificate-requests.ts";

const hex = (text: string): Buffer<ArrayBuffer> => Buffer.from(text.replaceAll(" ", ""), "hex");

describe("parseDer", () => {
  const refused = [
    { why: "nothing at all", bytes: "", message: /cut off/ },
    { why: "a tag without a length", bytes: "30", message: /cut off/ },
    { why: "a long length that is cut off", bytes: "30 82 01", message: /cut off/ },
    { why: "content that is cut off", bytes: "04 02 00", message: /cut off/ },
    { why: "a child that reaches beyond its parent", bytes: "30 03 04 02 00 00", message: /cut off/ },
    { why: "bytes after the element", bytes: "05 00 00", message: /1 bytes follow/ },
    { why: "an end-of-contents element", bytes: "00 00", message: /0x00 has no place/ },
    { why: "an indefinite length", bytes: "30 80 05 00 00 00", message: /indefinite lengths are BER/ },
    { why: "a long form for a short length", bytes: "04 81 01 00", message: /shortest form/ },
    { why: "a length with a leading zero octet", bytes: `04 82 00 80 ${"00".repeat(128)}`, message: /shortest form/ },
    { why: "a length of four octets", bytes: "04 84 00 00 00 01 00", message: /above 16 MiB/ },
    { why: "the reserved length octet FF", bytes: "04 ff", message: /above 16 MiB/ },
    { why: "a tag number of 31 in long form", bytes: "1f 1f 00", message: /tag numbers above 30/ },
    { why: "a low tag number in long form", bytes: "3f 10 00", message: /tag numbers above 30/ },
    { why: "a BOOLEAN of 01 (BER's true)", bytes: "01 01 01", message: /BOOLEAN is neither/ },
    { why: "a BOOLEAN of two octets", bytes: "01 02 ff ff", message: /BOOLEAN is neither/ },
    { why: "an empty BOOLEAN", bytes: "01 00", message: /BOOLEAN is neither/ },
    { why: "an empty INTEGER", bytes: "02 00", message: /INTEGER is empty/ },
    { why: "a padded positive INTEGER", bytes: "02 02 00 7f", message: /INTEGER is not in its shortest/ },
    { why: "a padded negative INTEGER", bytes: "02 02 ff 80", message: /INTEGER is not in its shortest/ },
    { why: "a padded ENUMERATED", bytes: "0a 02 00 01", message: /INTEGER is not in its shortest/ },
    { why: "a BIT STRING without its first octet", bytes: "03 00", message: /BIT STRING is malformed/ },
    { why: "a BIT STRING with 8 unused bits", bytes: "03 02 08 00", message: /BIT STRING is malformed/ },
    { why: "an empty BIT STRING with unused bits", bytes: "03 01 01", message: /claims unused bits/ },
    { why: "a BIT STRING whose unused bits are set", bytes: "03 02 01 01", message: /unused bits/ },
    { why: "a constructed BIT STRING", bytes: "23 04 03 02 00 00", message: /0x23 has no place/ },
    { why: "a constructed OCTET STRING", bytes: "24 03 04 01 00", message: /0x24 has no place/ },
    { why: "a constructed UTF8String", bytes: "2c 03 0c 01 61", message: /0x2c has no place/ },
    { why: "a primitive SEQUENCE", bytes: "10 00", message: /0x10 has no place/ },
    { why: "a primitive SET", bytes: "11 00", message: /0x11 has no place/ },
    { why: "a NULL with content", bytes: "05 01 00", message: /NULL has content/ },
    { why: "an empty OBJECT IDENTIFIER", bytes: "06 00", message: /OBJECT IDENTIFIER is cut off/ },
    { why: "an OBJECT IDENTIFIER that ends within an arc", bytes: "06 02 55 84", message: /cut off/ },
    { why: "an OBJECT IDENTIFIER with a padded arc", bytes: "06 03 55 80 04", message: /shortest form/ },
    { why: "a SET OF in the wrong order", bytes: "31 06 02 01 02 02 01 01", message: /not sorted/ },
    { why: "a UTF8String with an overlong encoding", bytes: "0c 02 c0 80", message: /not UTF-8/ },
    { why: "a UTF8String with half a surrogate pair", bytes: "0c 03 ed a0 80", message: /not UTF-8/ },
    { why: "a UTF8String that is cut off", bytes: "0c 01 c3", message: /not UTF-8/ },
    { why: "a PrintableString with an underscore", bytes: "13 01 5f", message: /PrintableString/ },
    { why: "a PrintableString with an at sign", bytes: "13 01 40", message: /PrintableString/ },
    { why: "a PrintableString with NUL", bytes: "13 01 00", message: /PrintableString/ },
    { why: "an IA5String above 7F", bytes: "16 01 80", message: /IA5String/ },
    { why: "a REAL", bytes: "09 01 40", message: /0x09 has no place/ },
    { why: "an EXTERNAL", bytes: "28 00", message: /0x28 has no place/ },
  ];
  for (const { why, bytes, message } of refused) {
    it(`refuses ${why}`, () => {
      assert.throws(() => parseDer(hex(bytes)), { name: "DerError", message });
    });
  }

  it("gives tag, content, encoding and children", () => {
    const bytes = hex("30 08 02 01 05 31 03 04 01 ff");
    const { tag, content, encoded, children } = parseDer(bytes);
    assert.equal(tag, 0x30);
    assert.deepEqual(content, bytes.subarray(2));
    assert.deepEqual(encoded, bytes);
    assert.deepEqual(
      children.map((child) => child.tag),
      [0x02, 0x31],
    );
    assert.deepEqual(children[1]?.children[0]?.content, hex("ff"));
  });

  it("takes 16 levels of nesting and refuses 64", () => {
    const nested = (levels: number): Uint8Array =>
      Array.from({ length: levels }).reduce<Uint8Array<ArrayBuffer>>((inner) => sequence(inner), sequence());
    assert.doesNotThrow(() => parseDer(nested(16)));
    assert.throws(() => parseDer(nested(17)), /more than 16 levels/);
    assert.throws(() => parseDer(nested(64)), /more than 16 levels/);
    assert.throws(() => parseDer(nested(2000)), /more than 16 levels/);
  });

  it("takes 2047 elements in one and refuses 10,000", () => {
    const flat = (count: number): Uint8Array => encodeDer(0x30, hex("0500".repeat(count)));
    assert.equal(parseDer(flat(2047)).children.length, 2047);
    assert.throws(() => parseDer(flat(2048)), /more than 2048 elements/);
    assert.throws(() => parseDer(flat(10_000)), /more than 2048 elements/);
  });

  it("refuses a CSR cut off at any offset", () => {
    const csr = buildCsr();
    for (let length = 0; length < csr.length; length++) {
      assert.throws(() => parseDer(csr.subarray(0, length)), DerError, `cut off at ${length}`);
    }
  });

  it("reads a view into a larger buffer by the view's bounds", () => {
    const buffer = hex("ffff 0500 ffff");
    assert.equal(parseDer(buffer.subarray(2, 4)).tag, 0x05);
  });

  it("throws DerError and nothing else, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          parseDer(bytes);
        } catch (error) {
          assert.ok(error instanceof DerError);
        }
      }),
      { numRuns: 5000 },
    );
  });

  it("accepts only bytes that its own writer would write", () => {
    const tree = fc.letrec<{ node: Uint8Array }>((tie) => ({
      node: fc.oneof(
        { depthSize: "small" },
        fc.constantFrom(hex("0500"), hex("0101ff"), hex("02017f"), hex("0603550403"), hex("0c0161")),
        fc.uint8Array({ maxLength: 300 }).map((content) => encodeDer(0x04, content)),
        fc.array(tie("node"), { maxLength: 4 }).map((children) => encodeDer(0x30, ...children)),
      ),
    })).node;
    const rewrite = (element: ReturnType<typeof parseDer>): Uint8Array =>
      encodeDer(element.tag, ...(element.tag === 0x30 ? element.children.map(rewrite) : [element.content]));
    fc.assert(fc.property(tree, (bytes) => Buffer.compare(rewrite(parseDer(bytes)), bytes) === 0));
  });
});

describe("the readers of single elements", () => {
  const integer = parseDer(hex("02 01 05"));

  it("name what is missing or of another type", () => {
    assert.throws(() => contentOf(undefined, "the version", 0x02), /^DerError: the version is not there/);
    assert.throws(() => contentOf(integer, "the version", 0x04), /the version is not there, or of another type/);
    assert.throws(() => childrenOf(integer, "the subject", 0x30), /the subject is not there/);
    assert.throws(() => childrenOf(parseDer(hex("30 02 05 00")), "the pair", 0x30, 2, 2), /the pair has 1 elements/);
  });

  it("take a BIT STRING as octets only when it is whole octets", () => {
    assert.deepEqual(wholeOctetsOf(parseDer(hex("03 02 00 ab")), "the key"), hex("ab"));
    assert.throws(() => wholeOctetsOf(parseDer(hex("03 02 01 aa")), "the key"), /the key is not a whole number/);
  });
});
