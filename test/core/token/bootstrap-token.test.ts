import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  BOOTSTRAP_GROUP_PATTERN,
  encodeBootstrapToken,
  hashTokenSecret,
  isTokenId,
  isTokenSecret,
  NO_TOKEN_HASH,
  parseBootstrapToken,
  randomBootstrapToken,
} from "../../../core/token/bootstrap-token.ts";

const TOKEN = "07401b.f395accd246ae52d";

describe("parseBootstrapToken", () => {
  const rows = [
    { why: "Kubernetes' own example", text: TOKEN, isToken: true },
    { why: "letters only", text: "abcdef.abcdefghijklmnop", isToken: true },
    { why: "nothing", text: "", isToken: false },
    { why: "an id of 5 characters", text: "7401b.f395accd246ae52d", isToken: false },
    { why: "an id of 7 characters", text: "007401b.f395accd246ae52d", isToken: false },
    { why: "a secret of 15 characters", text: TOKEN.slice(0, -1), isToken: false },
    { why: "a secret of 17 characters", text: `${TOKEN}0`, isToken: false },
    { why: "the dot at another place", text: "07401bf.395accd246ae52d", isToken: false },
    { why: "no dot", text: "07401bf395accd246ae52d0", isToken: false },
    { why: "two dots", text: "07401b.f395accd.46ae52d", isToken: false },
    { why: "another separator", text: "07401b:f395accd246ae52d", isToken: false },
    { why: "upper case", text: TOKEN.toUpperCase(), isToken: false },
    { why: "a hyphen", text: "07401b.f395accd-46ae52d", isToken: false },
    { why: "a line feed at the end", text: `${TOKEN.slice(0, -1)}\n`, isToken: false },
    { why: "a line feed behind it", text: `${TOKEN}\n`, isToken: false },
    { why: "white space around it", text: ` ${TOKEN} `, isToken: false },
    { why: "quotes around it", text: `"${TOKEN}"`, isToken: false },
    { why: "the scheme in front of it", text: `Bearer ${TOKEN}`, isToken: false },
    { why: "a Cyrillic homoglyph", text: TOKEN.replace("a", "\u0430"), isToken: false },
    { why: "full-width digits", text: TOKEN.replaceAll("0", "\uff10"), isToken: false },
    { why: "a NUL", text: TOKEN.replace("f", "\0"), isToken: false },
    { why: "a megabyte", text: "a".repeat(1_000_000), isToken: false },
  ];
  for (const { why, text, isToken } of rows) {
    it(`${isToken ? "takes" : "does not take"} ${why}`, () => {
      assert.equal(parseBootstrapToken(text) !== undefined, isToken);
      if (isToken) assert.equal(encodeBootstrapToken(parseBootstrapToken(text) ?? { id: "", secret: "" }), text);
    });
  }

  it("takes what Kubernetes' expression takes, and nothing else", () => {
    const kubernetes = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
    const similar = fc.string({
      unit: fc.constantFrom("a", "z", "0", "9", ".", "A", "-", "\n"),
      minLength: 21,
      maxLength: 25,
    });
    const dotted = fc
      .tuple(fc.stringMatching(/^[a-z0-9.]{5,7}$/), fc.stringMatching(/^[a-z0-9]{15,17}$/))
      .map((parts) => parts.join("."));
    fc.assert(
      fc.property(fc.oneof(similar, dotted), (text) => {
        assert.equal(parseBootstrapToken(text) !== undefined, kubernetes.test(text));
      }),
      { numRuns: 5000 },
    );
  });

  it("knows ids by their form", () => {
    assert.ok(isTokenId("07401b"));
    for (const text of ["", "07401", "07401bb", "07401B", "07401b\n", "07401b.f395accd246ae52d"])
      assert.ok(!isTokenId(text));
  });
});

describe("randomBootstrapToken", () => {
  it("draws each character evenly and no token twice", () => {
    const count = 10_000;
    const counts = new Map<string, number>();
    const tokens = Array.from({ length: count }, () => encodeBootstrapToken(randomBootstrapToken()));
    assert.equal(new Set(tokens).size, count);
    assert.ok(tokens.every((token) => parseBootstrapToken(token) !== undefined));
    for (const character of tokens.join("").replaceAll(".", ""))
      counts.set(character, (counts.get(character) ?? 0) + 1);
    const expected = (count * 22) / 36;
    assert.equal(counts.size, 36);
    // Eight standard deviations; 256 mod 36 = 4 would favour four characters by a seventh.
    for (const [character, seen] of counts)
      assert.ok(Math.abs(seen - expected) < 8 * Math.sqrt(expected), `${character}: ${seen} of ${expected}`);
  });
});

describe("the stored hash", () => {
  const token = { id: "07401b", secret: "f395accd246ae52d" };

  it("is no form of the secret", () => {
    const hash = hashTokenSecret(token);
    assert.equal(hash.length, 32);
    for (const encoding of ["latin1", "hex", "base64", "utf8"] as const) {
      assert.ok(!hash.toString(encoding).includes(token.secret));
    }
    assert.ok(!hash.includes(Buffer.from(token.secret, "hex")));
  });

  it("depends on the id too: equal secrets of two tokens do not look equal", () => {
    assert.notDeepEqual(hashTokenSecret({ ...token, id: "07401c" }), hashTokenSecret(token));
  });

  it("stays what it is: stored tokens are compared with it", () => {
    assert.equal(
      hashTokenSecret(token).toString("hex"),
      "be71351c40d61873ed003d81b7a0a3f3f7874831c849b240cb4668abd60699b0",
    );
  });

  it("is met by its secret and by no other", () => {
    const hash = hashTokenSecret(token);
    assert.ok(isTokenSecret(token, hash));
    for (const secret of ["f395accd246ae52e", "e395accd246ae52d", "0000000000000000"]) {
      assert.ok(!isTokenSecret({ ...token, secret }, hash));
    }
    assert.ok(!isTokenSecret(token, hash.subarray(0, 31)));
    assert.ok(!isTokenSecret(token, new Uint8Array()));
    assert.ok(!isTokenSecret(token, NO_TOKEN_HASH));
  });
});

describe("groups of tokens", () => {
  const rows = [
    { group: "system:bootstrappers:kubeadm:default-node-token", isGood: true },
    { group: "system:bootstrappers:a", isGood: true },
    { group: `system:bootstrappers:${"a".repeat(256)}`, isGood: true },
    { group: `system:bootstrappers:${"a".repeat(257)}`, isGood: false },
    { group: "system:bootstrappers", isGood: false },
    { group: "system:bootstrappers:", isGood: false },
    { group: "system:bootstrappers:a:", isGood: false },
    { group: "system:bootstrappers:A", isGood: false },
    { group: "system:bootstrappers:a\n", isGood: false },
    { group: "system:masters", isGood: false },
    { group: "x:system:bootstrappers:a", isGood: false },
  ];
  for (const { group, isGood } of rows) {
    it(`${isGood ? "may be" : "may not be"} ${JSON.stringify(group.slice(0, 60))} of ${group.length} characters`, () => {
      assert.equal(BOOTSTRAP_GROUP_PATTERN.test(group), isGood);
    });
  }
});
