import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  isSerialNumber,
  parseSerialNumber,
  randomSerialNumber,
  serialNumberOctets,
} from "../../../core/certificate/serial-number.ts";

describe("serial numbers", () => {
  it("have 128 random bits: of 100,000, none repeats, each octet takes every value, every bit is set half the time", () => {
    const count = 100_000;
    const seen = new Set<string>();
    const values = Array.from({ length: 16 }, () => new Set<number>());
    const ones = new Array<number>(128).fill(0);
    for (let drawn = 0; drawn < count; drawn++) {
      const serialNumber = randomSerialNumber();
      assert.ok(isSerialNumber(serialNumber));
      seen.add(serialNumber);
      for (const [index, octet] of serialNumberOctets(serialNumber).entries()) {
        values[index]?.add(octet);
        for (let bit = 0; bit < 8; bit++)
          ones[8 * index + bit] = (ones[8 * index + bit] ?? 0) + ((octet >> (7 - bit)) & 1);
      }
    }
    assert.equal(seen.size, count);
    // The first octet is never zero: 32 digits, whatever prints them.
    assert.deepEqual(
      values.map(({ size }) => size),
      [255, ...Array.from({ length: 15 }, () => 256)],
    );
    // Twenty standard deviations; a bit that is stuck, as in the 63-bit serial numbers of 2019, is off by 316.
    assert.ok(ones.every((ones) => Math.abs(ones / count - 0.5) < 20 * (0.5 / Math.sqrt(count))));
  });

  const spellings = [
    { why: "as stored", text: "8f000000000000000000000000000001", is: "8f000000000000000000000000000001" },
    { why: "as openssl prints it", text: "8F000000000000000000000000000001", is: "8f000000000000000000000000000001" },
    {
      why: "with colons",
      text: "8F:00:00:00:00:00:00:00:00:00:00:00:00:00:00:01",
      is: "8f000000000000000000000000000001",
    },
    { why: "with 0x", text: "0x8f000000000000000000000000000001", is: "8f000000000000000000000000000001" },
    {
      why: "with DER's sign octet",
      text: "00:8f:00:00:00:00:00:00:00:00:00:00:00:00:00:00:01",
      is: "8f000000000000000000000000000001",
    },
    { why: "too short", text: "8f", is: undefined },
    { why: "too long", text: "01".repeat(17), is: undefined },
    { why: "with a first octet of zero", text: `00${"01".repeat(15)}`, is: undefined },
    { why: "negative", text: `-${"01".repeat(16)}`, is: undefined },
    { why: "in decimal", text: "19088743190887431908874319088743190887", is: undefined },
    { why: "with another letter", text: `${"01".repeat(15)}0g`, is: undefined },
    { why: "with a line feed", text: `${"01".repeat(16)}\n`, is: undefined },
    { why: "empty", text: "", is: undefined },
  ];
  for (const { why, text, is } of spellings) {
    it(is === undefined ? `are not read when ${why}` : `are read ${why}`, () => {
      assert.equal(parseSerialNumber(text), is);
    });
  }
});
