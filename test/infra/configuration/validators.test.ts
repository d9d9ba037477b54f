import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseConfiguration } from "../../../infra/configuration/configuration.ts";
import { validatorWaitSeconds } from "../../../infra/configuration/validators.ts";

const waitOf = (document: object): number => validatorWaitSeconds(parsed(document).validators);
const parsed = (document: object) => parseConfiguration(document, () => undefined);

describe("validators", () => {
  it("are given ten minutes, or what the configuration says, and the minute that functions remember", () => {
    assert.equal(waitOf({}), 660);
    assert.equal(waitOf({ validators: { refreshSeconds: 3600 } }), 3660);
    assert.equal(waitOf({ validators: { refreshSeconds: 0 } }), 0);
    assert.equal(validatorWaitSeconds(undefined, 5), 5);
    assert.equal(validatorWaitSeconds({ refreshSeconds: 60 }, 5), 120);
  });

  it("fetch before their lists have ended", () => {
    const hours = (lifetimeHours: number, refreshSeconds: number) => ({
      revocationLists: { lifetimeHours },
      validators: { refreshSeconds },
    });
    assert.equal(waitOf(hours(1, 1800)), 1860);
    assert.throws(
      () => parsed(hours(1, 1801)),
      /"validators.refreshSeconds" must be at most 1800, half of .*, got 1801/,
    );
    assert.equal(waitOf({ revocationLists: null, validators: { refreshSeconds: 86_400 } }), 86_460);
  });

  for (const wrong of [{ refreshSeconds: -1 }, { refreshSeconds: 1.5 }, { refreshSeconds: "60" }, {}, { refresh: 60 }])
    it(`are not ${JSON.stringify(wrong)}`, () => {
      assert.throws(() => parsed({ validators: wrong }), /validators/);
    });
});
