import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isDnsSubdomain } from "../../../core/certificate/dns-name.ts";
import { faultOfNodeName } from "../../../core/certificate/node-name.ts";

describe("faultOfNodeName", () => {
  const good = ["n1", "a", "1", "n1.example", "ip-10-0-0-1.eu-west-1.compute.internal", "10.0.0.1", "a".repeat(52)];
  for (const name of good) {
    it(`finds nothing wrong with ${name}`, () => {
      assert.equal(faultOfNodeName(name), undefined);
    });
  }

  const bad = [
    { why: "no name", name: "", message: /is empty/ },
    {
      why: "53 characters",
      name: "a".repeat(53),
      message: /has 53 characters; allowed are 52, because a common name has at most 64/,
    },
    { why: "an upper-case letter", name: "N1", message: /lower-case RFC 1123 subdomain/ },
    { why: "an underscore", name: "n_1", message: /RFC 1123/ },
    { why: "a trailing dot", name: "n1.", message: /RFC 1123/ },
    { why: "a leading dot", name: ".n1", message: /RFC 1123/ },
    { why: "two dots", name: "n1..example", message: /RFC 1123/ },
    { why: "a leading hyphen", name: "-n1", message: /RFC 1123/ },
    { why: "a trailing hyphen in a label", name: "n1-.example", message: /RFC 1123/ },
    { why: "a blank", name: "n 1", message: /RFC 1123/ },
    { why: "a line feed at the end", name: "n1\n", message: /RFC 1123/ },
    { why: "a colon", name: "a:b", message: /RFC 1123/ },
    { why: "a slash", name: "a/b", message: /RFC 1123/ },
    { why: "a star", name: "n*", message: /RFC 1123/ },
    { why: "a Cyrillic homoglyph", name: "n\u0456", message: /RFC 1123/ },
    { why: "full-width letters", name: "\uff4e1", message: /RFC 1123/ },
    { why: "the Kelvin sign, which lower-cases to k", name: "\u212aube", message: /RFC 1123/ },
    { why: "an emoji", name: "n\u{1f511}", message: /RFC 1123/ },
  ];
  for (const { why, name, message } of bad) {
    it(`finds ${why}`, () => {
      assert.match(faultOfNodeName(name) ?? "", message);
    });
  }

  it("allows labels of 63 characters in a DNS name, and 253 in all", () => {
    const label = "a".repeat(63);
    assert.ok(isDnsSubdomain(`${label}.${label}.${label}.${"a".repeat(61)}`));
    assert.ok(!isDnsSubdomain(`${label}.${label}.${label}.${"a".repeat(62)}`));
    assert.ok(!isDnsSubdomain(`${label}a`));
  });
});
