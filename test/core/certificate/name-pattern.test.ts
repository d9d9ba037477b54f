import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { faultOfDnsName } from "../../../core/certificate/dns-name.ts";
import {
  DNS_NAMES,
  faultOfPattern,
  isNamePattern,
  matchesNamePattern,
  type NameKind,
} from "../../../core/certificate/name-pattern.ts";
import { nameKindOf, NODE_NAMES, profileOf } from "../../../core/certificate/profile.ts";

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

describe("a pattern that no name can match", () => {
  const server = profileOf("nodeseal.dev/server");
  const FREE: NameKind = server === undefined ? NODE_NAMES : nameKindOf(server);
  const rows: { pattern: string; kind: NameKind; says: RegExp; meant?: string }[] = [
    { pattern: "Worker-*", kind: NODE_NAMES, says: /node names are in lower case/, meant: "worker-*" },
    { pattern: "^worker-[0-9]+$", kind: NODE_NAMES, says: /no regular expressions/, meant: "worker-*" },
    { pattern: "worker-\\d+", kind: NODE_NAMES, says: /no regular expressions/, meant: "worker-*" },
    { pattern: "^(web|db)-1$", kind: NODE_NAMES, says: /no regular expressions/ },
    { pattern: "system:node:worker-*", kind: NODE_NAMES, says: /without "system:node:"/, meant: "worker-*" },
    { pattern: "system:node:Worker-*", kind: NODE_NAMES, says: /without "system:node:"/, meant: "worker-*" },
    { pattern: "worker_*", kind: NODE_NAMES, says: /RFC 1123/ },
    { pattern: "worker-*.", kind: NODE_NAMES, says: /RFC 1123/, meant: "worker-*" },
    { pattern: "worker-", kind: NODE_NAMES, says: /RFC 1123/ },
    { pattern: "a..b", kind: NODE_NAMES, says: /RFC 1123/ },
    { pattern: "{name}", kind: NODE_NAMES, says: /no placeholders here/ },
    { pattern: `*${"a".repeat(53)}`, kind: NODE_NAMES, says: /allowed are 52/ },
    { pattern: "dev:*", kind: FREE, says: /1 to 64 characters from/ },
    { pattern: "Jane Doe", kind: FREE, says: /1 to 64 characters from/ },
    { pattern: "^jane\\.doe@.*$", kind: FREE, says: /no regular expressions/, meant: "jane.doe@*" },
    { pattern: "{node}.example.com", kind: DNS_NAMES, says: /no placeholder "\{node\}"/, meant: "{name}.example.com" },
    { pattern: "{name}.Example.COM", kind: DNS_NAMES, says: /in lower case/, meant: "{name}.example.com" },
    { pattern: "^ip-.*\\.internal$", kind: DNS_NAMES, says: /no regular expressions/, meant: "ip-*.internal" },
    { pattern: "*.example.com.", kind: DNS_NAMES, says: /ends with a dot/, meant: "*.example.com" },
    { pattern: "https://web.example.com:443", kind: DNS_NAMES, says: /leave scheme/, meant: "web.example.com" },
    { pattern: "web_1.example.com", kind: DNS_NAMES, says: /underscore/ },
    { pattern: ".example.com", kind: DNS_NAMES, says: /a label|labels is empty/ },
  ];
  for (const { pattern, kind, says, meant } of rows) {
    it(`is told, with what was meant: ${pattern}`, () => {
      const fault = faultOfPattern(pattern, kind) ?? "";
      assert.match(fault, says);
      const suggested = /did you mean "(.*)"\?$/.exec(fault)?.[1];
      assert.equal(suggested, meant);
      if (suggested !== undefined) assert.equal(faultOfPattern(suggested, kind), undefined);
    });
  }

  it("is none that some name matches", () => {
    const text = fc.string({
      unit: fc.constantFrom("a", "B", "1", "-", ".", "*", "_", "@"),
      minLength: 1,
      maxLength: 9,
    });
    const name = fc.string({ unit: fc.constantFrom("a", "1", "-", "."), minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(text, name, (pattern, candidate) => {
        if (!matchesNamePattern(candidate, pattern)) return;
        for (const kind of [NODE_NAMES, FREE, DNS_NAMES])
          if (kind.faultOfName(candidate) === undefined) assert.equal(faultOfPattern(pattern, kind), undefined);
      }),
      { numRuns: 20_000 },
    );
    for (const pattern of ["*", "web-*", "*.example", "10.0.0.*", "a*b*c"])
      assert.equal(faultOfPattern(pattern, NODE_NAMES), undefined);
    for (const pattern of ["Jane", "*@example.com", "A_b*"]) assert.equal(faultOfPattern(pattern, FREE), undefined);
    for (const pattern of ["{name}", "*.{name}.example", "*"])
      assert.equal(faultOfPattern(pattern, DNS_NAMES), undefined);
  });
});

describe("faultOfDnsName", () => {
  const rows = [
    { name: "IP-10-1-2-3.Example", says: undefined },
    { name: "*.example.com", says: /wildcards/ },
    { name: "ip_10", says: /underscore/ },
    { name: "ip-10.", says: /ends with a dot/ },
    { name: "a..b", says: /empty/ },
    { name: `${"a".repeat(64)}.b`, says: /more than 63/ },
    { name: "-a.b", says: /hyphen/ },
    { name: "a.b:443", says: /port/ },
    { name: `${"a.".repeat(127)}b`, says: /255 characters, allowed are 253/ },
    { name: "a,b", says: /letters, digits/ },
  ];
  for (const { name, says } of rows) {
    it(`says what is wrong with ${name.slice(0, 30)}`, () => {
      const fault = faultOfDnsName(name);
      if (says === undefined) assert.equal(fault, undefined);
      else assert.match(fault ?? "", says);
    });
  }
});
