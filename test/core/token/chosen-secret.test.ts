import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import { randomBootstrapToken } from "../../../core/token/bootstrap-token.ts";
import { faultOfChosenSecret, HIDDEN_SECRET } from "../../../core/token/chosen-secret.ts";

const isRefused = (secret: string): boolean => faultOfChosenSecret({ id: "abcdef", secret }) !== undefined;

/** What people make up, by what makes it guessable. */
const CHOSEN = {
  "words and their repetition": [
    "passwordpassword",
    "nodesealnodeseal",
    "changemechangeme",
    "productiontoken1",
    "correcthorsebatt",
    "mysupersecretkey",
    "thisisasecretkey",
    "thequickbrownfox",
    "onetwothreefour5",
    "winteriscoming12",
  ],
  "words with numbers behind": ["administrator123", "kubernetes123456", "letmeinletmein12", "myclustertoken01"],
  "dates and years": [
    "summer2026summer",
    "2026113020261130",
    "20261130abcdefgh",
    "mikeandsarah2015",
    "30112026password",
  ],
  "digits for letters": ["p4ssw0rdp4ssw0rd", "s3cr3tk8scluster", "l3tm31n4dm1n2026"],
  "paths over a keyboard": [
    "qwertyuiop123456",
    "qazwsxedcrfvtgby",
    "1q2w3e4r5t6y7u8i",
    "1qaz2wsx3edc4rfv",
    "zxcvbnmasdfghjkl",
    "poiuytrewq098765",
    "zaq12wsxcde34rfv",
    "qazxswedcvfrtgbn",
    "zaq1xsw2cde3vfr4",
  ],
  sequences: ["0123456789abcdef", "zyxwvutsrqponmlk", "acegikmoqsuwy024", "fedcba9876543210"],
  "two sequences at once": ["0a1b2c3d4e5f6g7h", "a1b2c3d4e5f6g7h8", "9z8y7x6w5v4u3t2s", "aabbccddeeffgghh"],
  repetition: ["aaaaaaaaaaaaaaaa", "aaaaaaaabbbbbbbb", "abababababababab", "abcabcabcabcabca", "x7q9x7q9x7q9x7q9"],
  "few different characters": ["k7kq77kqkk7q7k7q", HIDDEN_SECRET],
  "digits alone": ["3141592653589793", "8203947561029384"],
};

describe("a secret that somebody chose", () => {
  for (const [kind, secrets] of Object.entries(CHOSEN))
    it(`is refused for ${kind}`, () => {
      assert.deepEqual(
        secrets.filter((secret) => !isRefused(secret)),
        [],
      );
    });

  it("is taken when a generator made it: fewer than one in ten thousand is refused", () => {
    // At most 2^(69 - 82.7), which is 7.5 of these, by counting descriptions; the least of a million took 71 bits.
    const refused = Array.from({ length: 100_000 }, () => randomBootstrapToken()).filter(({ secret }) =>
      isRefused(secret),
    );
    assert.ok(refused.length < 10, `${refused.length} of 100,000`);
  });

  it("is taken when openssl made it: of sixteen hexadecimal digits, which are 64 bits, few are refused", () => {
    const refused = Array.from({ length: 5000 }, () => randomBytes(8).toString("hex")).filter(isRefused);
    assert.ok(refused.length < 30, `${refused.length} of 5,000`);
  });

  it("is not repeated in the refusal", () => {
    assert.doesNotMatch(faultOfChosenSecret({ id: "abcdef", secret: "passwordpassword" }) ?? "", /password/);
  });
});
