import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseDer } from "../../../core/asn1/der.ts";
import {
  bitString,
  boolean,
  contextConstructed,
  contextPrimitive,
  directoryString,
  encodeDer,
  namedBits,
  octetString,
  sequence,
  setOf,
  time,
  unsignedInteger,
} from "../../../core/asn1/der-writer.ts";

const hex = (der: Uint8Array): string => Buffer.from(der).toString("hex");

describe("encodeDer", () => {
  const lengths = [
    { content: 0, header: "0400" },
    { content: 127, header: "047f" },
    { content: 128, header: "048180" },
    { content: 255, header: "0481ff" },
    { content: 256, header: "04820100" },
    { content: 65_535, header: "0482ffff" },
    { content: 65_536, header: "0483010000" },
  ];
  for (const { content, header } of lengths) {
    it(`writes ${content} octets of content behind the shortest header`, () => {
      const der = encodeDer(0x04, new Uint8Array(content));
      assert.equal(hex(der.subarray(0, header.length / 2)), header);
      assert.equal(der.length, header.length / 2 + content);
    });
  }

  it("leaves what was written before as it was, whatever is written after it", () => {
    const contents = fc.array(fc.uint8Array({ maxLength: 600 }), { minLength: 2, maxLength: 60 });
    fc.assert(
      fc.property(contents, (parts) => {
        const elements = parts.map((part) => encodeDer(0x04, part));
        const copies = elements.map((element) => Buffer.from(element));
        sequence(...elements);
        assert.deepEqual(elements.map(hex), copies.map(hex));
        assert.deepEqual(
          elements.map((element) => hex(parseDer(element).content)),
          parts.map(hex),
        );
      }),
    );
  });

  it("round trips through the reader", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70_000 }), (content) => {
        assert.equal(Buffer.compare(parseDer(octetString(content)).content, content), 0);
      }),
    );
  });
});

describe("the types", () => {
  const rows = [
    { why: "an INTEGER 0", der: unsignedInteger(Uint8Array.of()), is: "020100" },
    { why: "an INTEGER 127", der: unsignedInteger(Uint8Array.of(127)), is: "02017f" },
    { why: "an INTEGER 128 with its sign octet", der: unsignedInteger(Uint8Array.of(128)), is: "02020080" },
    { why: "an INTEGER without leading zeros", der: unsignedInteger(Uint8Array.of(0, 0, 1)), is: "020101" },
    { why: "TRUE as FF", der: boolean(true), is: "0101ff" },
    { why: "FALSE as 00", der: boolean(false), is: "010100" },
    { why: "a BIT STRING of whole octets", der: bitString(Uint8Array.of(0xab)), is: "030200ab" },
    { why: "named bit 0 alone", der: namedBits([0]), is: "03020780" },
    { why: "named bits 5 and 6 (keyCertSign, cRLSign)", der: namedBits([5, 6]), is: "03020106" },
    { why: "named bit 8 in a second octet", der: namedBits([8, 0]), is: "0303078080" },
    { why: "[0] constructed", der: contextConstructed(0, Uint8Array.of(5, 0)), is: "a0020500" },
    { why: "[2] primitive", der: contextPrimitive(2, Buffer.from("a")), is: "820161" },
    {
      why: "a SET OF in the order of encodings",
      der: setOf(Uint8Array.of(5, 0), Uint8Array.of(2, 1, 1)),
      is: "31050201010500",
    },
    { why: "an empty SEQUENCE", der: sequence(), is: "3000" },
    {
      why: "a PrintableString where the text allows it",
      der: directoryString("system:nodes"),
      is: "130c73797374656d3a6e6f646573",
    },
    { why: "a UTF8String where it does not (underscore)", der: directoryString("a_b"), is: "0c03615f62" },
    { why: "a UTF8String where it does not (at sign)", der: directoryString("a@b"), is: "0c03614062" },
    { why: "a UTF8String where it does not (letters of other scripts)", der: directoryString("é"), is: "0c02c3a9" },
  ];
  for (const { why, der, is } of rows) {
    it(`writes ${why}`, () => {
      assert.equal(hex(der), is);
    });
  }
});

describe("time (RFC 5280 section 4.1.2.5)", () => {
  const rows = [
    { why: "a UTCTime today", at: "2030-05-05T12:34:56Z", tag: 0x17, text: "300505123456Z" },
    { why: "a UTCTime in the last second of 2049", at: "2049-12-31T23:59:59Z", tag: 0x17, text: "491231235959Z" },
    {
      why: "a GeneralizedTime in the first second of 2050",
      at: "2050-01-01T00:00:00Z",
      tag: 0x18,
      text: "20500101000000Z",
    },
    { why: "no fraction of a second", at: "2049-12-31T23:59:59.999Z", tag: 0x17, text: "491231235959Z" },
    { why: "seconds even when they are zero", at: "2050-06-01T00:00:00Z", tag: 0x18, text: "20500601000000Z" },
  ];
  for (const { why, at, tag, text } of rows) {
    it(`writes ${why}`, () => {
      const der = time(new Date(at));
      assert.equal(der[0], tag);
      assert.equal(Buffer.from(der.subarray(2)).toString("latin1"), text);
    });
  }
});
