import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RefusalError } from "../../../core/refusal.ts";
import { parseConfiguration } from "../../../infra/configuration/configuration.ts";

const read = (authority: object) => parseConfiguration({ authority }, () => undefined).authority;

describe("the configuration of a deployment in a single-tier hierarchy", () => {
  it("says how long the issuing CA lives, above what a root lives by default too", () => {
    const { hierarchy, externalCa, issuingLifetimeDays } = read({ hierarchy: "single", issuingLifetimeDays: 9000 });
    assert.deepEqual([hierarchy, externalCa, issuingLifetimeDays], ["single", undefined, 9000]);
  });

  it("is what a shipped configuration becomes by one member", () => {
    assert.equal(read({ hierarchy: "single", rootLifetimeDays: 7300, issuingLifetimeDays: 1825 }).hierarchy, "single");
  });

  for (const [member, value, reason] of [
    ["rootGenerations", 2, /the issuing CA is its own root/],
    ["rootLifetimeDays", 3650, /the issuing CA is its own root/],
    ["externalRootFile", "root.pem", /must be left out unless authority.hierarchy is "external"/],
  ] as const)
    it(`names authority.${member} when it has no place there`, () => {
      assert.throws(
        () => read({ hierarchy: "single", [member]: value }),
        (error) => {
          assert.ok(error instanceof RefusalError);
          assert.equal(error.field, `authority.${member}`);
          assert.match(error.message, reason);
          return true;
        },
      );
    });
});
