import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { deployedPlanOf, type DeployedPlanDocument } from "../../../lambdas/authority/deployed-plan.ts";

const DAY = 24 * 3600;
const PLAN: DeployedPlanDocument = {
  clusterName: "nodeseal",
  hierarchy: "own",
  keySpec: "P-256",
  rootLifetimeSeconds: 7300 * DAY,
  issuingLifetimeSeconds: 1825 * DAY,
  longestLifetimeSeconds: 30 * DAY,
  recoveryWindowSeconds: { "nodeseal.dev/peer": 3600 },
  validatorWaitSeconds: 660,
  forcedRetirementTakesTwo: false,
  generations: { root: 1, issuing: 2 },
  revocationLists: { lifetimeSeconds: DAY, shards: 1 },
  externalCa: null,
};

describe("the plan beside the authority function", () => {
  it("says what was deployed", () => {
    const { plan, externalCa } = deployedPlanOf(PLAN);
    assert.equal(externalCa, undefined);
    assert.deepEqual(plan.generations, { root: 1, issuing: 2 });
    assert.deepEqual(plan.revocationLists, { lifetimeSeconds: DAY, shards: 1, url: undefined });
    assert.equal(deployedPlanOf({ ...PLAN, revocationLists: null }).plan.revocationLists, undefined);
  });

  /** Bounds of the configuration, once more where they count. */
  const wrong: Readonly<Record<string, object>> = {
    "a list that verifiers would believe for centuries": {
      revocationLists: { lifetimeSeconds: 9_999_999_999, shards: 1 },
    },
    "a list that is over before the next reconciliation": { revocationLists: { lifetimeSeconds: 60, shards: 1 } },
    "a list for ever": { revocationLists: { lifetimeSeconds: Infinity, shards: 1 } },
    "shards that there are not": { revocationLists: { lifetimeSeconds: DAY, shards: 3 } },
    "a CA for a thousand years": { rootLifetimeSeconds: 1000 * 365 * DAY },
    "a CA of no time": { issuingLifetimeSeconds: 0 },
    "certificates longer than any policy allows": { longestLifetimeSeconds: 401 * DAY },
    "more keys than any configuration has": { generations: { root: 1, issuing: 21 } },
    "servers that fetch less often than any list lives": { validatorWaitSeconds: 40 * DAY },
    "no generation": { generations: { root: 0, issuing: 1 } },
    "a hierarchy that there is not": { hierarchy: "none" },
    "an external CA where the root is our own": { externalCa: { roots: "", issuingCertificates: {} } },
    "an external hierarchy without a CA": { hierarchy: "external" },
    "a cluster name that is another cluster's role": { clusterName: "a/b" },
    "a member that nobody knows": { keyArn: "arn:aws:kms:eu-central-1:111122223333:key/mine" },
  };
  for (const [why, changes] of Object.entries(wrong)) {
    it(`does not have ${why}`, () => {
      assert.throws(() => deployedPlanOf({ ...PLAN, ...changes }), /the deployed plan/);
    });
  }
});
