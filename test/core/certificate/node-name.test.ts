import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  faultOfNodeName,
  isDnsSubdomain,
  isNamePattern,
  matchesNamePattern,
} from "../../../core/certificate/node-name.ts";

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

describe("name patterns", () => {
  const rows = [
    { pattern: "n1", name: "n1", matches: true },
    { pattern: "n1", name: "n11", matches: false },
    { pattern: "*", name: "anything.at-all", matches: true },
    { pattern: "n*", name: "n", matches: true },
    { pattern: "n*", name: "m1", matches: false },
    { pattern: "*.example", name: "a.b.example", matches: true },
    { pattern: "*.example", name: ".example", matches: true },
    { pattern: "*.example", name: "example", matches: false },
    { pattern: "*.example", name: "a.example.evil", matches: false },
    { pattern: "web-*-eu", name: "web-1-eu", matches: true },
    { pattern: "web-*-eu", name: "web-eu", matches: false },
    { pattern: "a*a", name: "a", matches: false },
    { pattern: "a*a", name: "aa", matches: true },
    { pattern: "*a*b*", name: "xaxbx", matches: true },
    { pattern: "*a*b*", name: "xbxax", matches: false },
    { pattern: "a*b*b", name: "ab", matches: false },
    { pattern: "**", name: "x", matches: true },
    { pattern: "n.", name: "n1", matches: false },
  ];
  for (const { pattern, name, matches } of rows) {
    it(`${pattern} ${matches ? "matches" : "does not match"} ${name}`, () => {
      assert.equal(matchesNamePattern(name, pattern), matches);
    });
  }

  it("match as the regular expression with .* would", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "."), maxLength: 12 });
    const pattern = fc.string({ unit: fc.constantFrom("a", "b", ".", "*"), maxLength: 8 });
    fc.assert(
      fc.property(text, pattern, (name, stars) => {
        const expression = new RegExp(`^${stars.replaceAll(".", "\\.").replaceAll("*", ".*")}$`);
        assert.equal(matchesNamePattern(name, stars), expression.test(name));
      }),
      { numRuns: 5000 },
    );
  });

  it("take no time on patterns that would make a regular expression explode", () => {
    assert.equal(matchesNamePattern("a".repeat(10_000), `${"*a".repeat(26)}*b`), false);
  });

  const patterns = [
    { why: "a name", text: "n1.example", isPattern: true },
    { why: "a star", text: "*", isPattern: true },
    { why: "stars inside", text: "a*b*c", isPattern: true },
    { why: "52 characters", text: "a".repeat(52), isPattern: true },
    { why: "53 characters", text: "a".repeat(53), isPattern: false },
    { why: "nothing", text: "", isPattern: false },
    { why: "upper case", text: "N*", isPattern: false },
    { why: "a leading hyphen", text: "-a", isPattern: false },
    { why: "a trailing dot", text: "a.", isPattern: false },
    { why: "a question mark", text: "a?", isPattern: false },
    { why: "a bracket", text: "[ab]", isPattern: false },
    { why: "a line feed", text: "a\n", isPattern: false },
  ];
  for (const { why, text, isPattern } of patterns) {
    it(`${isPattern ? "may be" : "may not be"} ${why}`, () => {
      assert.equal(isNamePattern(text), isPattern);
    });
  }
});
