import assert from "node:assert/strict";
import { isIP } from "node:net";
import { describe, it } from "node:test";
import fc from "fast-check";
import { ipAddressOctets, ipAddressText, isInCidrBlock, parseCidrBlock } from "../../../core/certificate/ip-address.ts";

describe("IP addresses", () => {
  const texts = [
    { why: "IPv4", text: "10.0.0.1", octets: "0a000001" },
    { why: "the highest IPv4", text: "255.255.255.255", octets: "ffffffff" },
    { why: "IPv6", text: "2001:db8::1", octets: "20010db8000000000000000000000001" },
    { why: "IPv6 in capitals", text: "2001:DB8::A", octets: "20010db800000000000000000000000a" },
    {
      why: "IPv6 in full",
      text: "2001:0db8:0000:0000:0000:0000:0000:0001",
      octets: "20010db8000000000000000000000001",
    },
    { why: "the unspecified address", text: "::", octets: "00".repeat(16) },
    { why: "zeros at the end", text: "fe80::", octets: `fe80${"00".repeat(14)}` },
    { why: "IPv4-mapped IPv6, as IPv4", text: "::ffff:10.0.0.1", octets: "0a000001" },
    { why: "IPv4-mapped IPv6 in hexadecimal, as IPv4", text: "::ffff:a00:1", octets: "0a000001" },
    { why: "IPv4-compatible IPv6, as IPv6", text: "::10.0.0.1", octets: `${"00".repeat(12)}0a000001` },
    { why: "a leading zero (octal to some)", text: "010.0.0.1", octets: undefined },
    { why: "256", text: "256.0.0.1", octets: undefined },
    { why: "three numbers", text: "10.0.1", octets: undefined },
    { why: "one number", text: "167772161", octets: undefined },
    { why: "hexadecimal IPv4", text: "0x0a.0.0.1", octets: undefined },
    { why: "white space", text: " 10.0.0.1", octets: undefined },
    { why: "a line feed behind it", text: "10.0.0.1\n", octets: undefined },
    { why: "a port", text: "10.0.0.1:80", octets: undefined },
    { why: "two double colons", text: "1::2::3", octets: undefined },
    { why: "nine groups", text: "1:2:3:4:5:6:7:8:9", octets: undefined },
    { why: "a zone", text: "fe80::1%eth0", octets: undefined },
    { why: "brackets", text: "[::1]", octets: undefined },
    { why: "a name", text: "localhost", octets: undefined },
    { why: "nothing", text: "", octets: undefined },
  ];
  for (const { why, text, octets } of texts) {
    it(octets === undefined ? `are not ${why}` : `may be ${why}`, () => {
      const read = ipAddressOctets(text);
      assert.equal(read && Buffer.from(read).toString("hex"), octets);
    });
  }

  it("round trip, agree with Node, and have one spelling each", () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        const octets = ipAddressOctets(text);
        assert.ok(octets, text);
        const canonical = ipAddressText(octets) ?? "";
        assert.equal(isIP(canonical), octets.length === 4 ? 4 : 6);
        assert.deepEqual(Buffer.from(ipAddressOctets(canonical) ?? []), Buffer.from(octets));
      }),
    );
    assert.equal(ipAddressText(Buffer.from("00000000000000000000ffff0a000001", "hex")), "10.0.0.1");
  });

  it("have 4 or 16 octets", () => {
    for (const length of [0, 1, 3, 5, 8, 15, 17, 32]) assert.equal(ipAddressText(new Uint8Array(length)), undefined);
  });

  it("are never found where Node finds none", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...Array.from("0123456789abcdef:.x%/ ")), maxLength: 24 }),
        (text) => {
          if (ipAddressOctets(text) !== undefined) assert.notEqual(isIP(text), 0, text);
        },
      ),
      { numRuns: 5000 },
    );
  });
});

describe("CIDR blocks", () => {
  const members = [
    { block: "10.0.0.0/8", address: "10.255.255.255", isIn: true },
    { block: "10.0.0.0/8", address: "11.0.0.0", isIn: false },
    { block: "10.0.0.0/8", address: "::ffff:10.1.2.3", isIn: true },
    { block: "10.0.0.0/8", address: "::10.1.2.3", isIn: false },
    { block: "10.0.0.128/25", address: "10.0.0.128", isIn: true },
    { block: "10.0.0.128/25", address: "10.0.0.127", isIn: false },
    { block: "10.0.0.1", address: "10.0.0.1", isIn: true },
    { block: "10.0.0.1", address: "10.0.0.2", isIn: false },
    { block: "0.0.0.0/0", address: "203.0.113.9", isIn: true },
    { block: "0.0.0.0/0", address: "2001:db8::1", isIn: false },
    { block: "::/0", address: "2001:db8::1", isIn: true },
    { block: "::/0", address: "10.0.0.1", isIn: false },
    { block: "2001:db8::/33", address: "2001:db8:7fff::1", isIn: true },
    { block: "2001:db8::/33", address: "2001:db8:8000::1", isIn: false },
    { block: "::ffff:10.0.0.0/104", address: "10.9.9.9", isIn: true },
    { block: "::ffff:10.0.0.0/104", address: "11.0.0.0", isIn: false },
    { block: "::ffff:10.0.0.1", address: "10.0.0.1", isIn: true },
    { block: "10.0.0.0/8", address: "not an address", isIn: false },
  ];
  for (const { block, address, isIn } of members) {
    it(`${block} ${isIn ? "holds" : "does not hold"} ${address}`, () => {
      const parsed = parseCidrBlock(block);
      assert.ok(parsed);
      assert.equal(isInCidrBlock(address, parsed), isIn);
    });
  }

  const refused = [
    { why: "bits beyond the prefix", text: "10.0.0.1/8" },
    { why: "bits beyond the prefix (IPv6)", text: "2001:db8::1/32" },
    { why: "a prefix over 32", text: "10.0.0.0/33" },
    { why: "a prefix over 128", text: "2001:db8::/129" },
    { why: "a mapped block read as if it were IPv4", text: "::ffff:10.0.0.0/8" },
    { why: "a negative prefix", text: "10.0.0.0/-1" },
    { why: "an empty prefix", text: "10.0.0.0/" },
    { why: "a prefix with a leading zero", text: "10.0.0.0/08" },
    { why: "a fractional prefix", text: "10.0.0.0/8.0" },
    { why: "a netmask", text: "10.0.0.0/255.0.0.0" },
    { why: "two prefixes", text: "10.0.0.0/8/8" },
    { why: "a name", text: "localhost/8" },
    { why: "nothing", text: "" },
  ];
  for (const { why, text } of refused) {
    it(`are not written with ${why}`, () => {
      assert.equal(parseCidrBlock(text), undefined);
    });
  }
});
