import assert from "node:assert/strict";
import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import { describe, it } from "node:test";
import { IS_LONG_RUN } from "../support/long-run.ts";
import { simulateFleet, type FleetPlan } from "../support/fleet-simulation.ts";

const [HOUR, DAY] = [3600, 86_400];
/** After these ordinary days the service is down; after twice as many it changes its CA. */
const STRETCH = (IS_LONG_RUN ? 10 : 5) * DAY;
const PLAN: FleetPlan = {
  nodes: 10_000,
  days: (3 * STRETCH) / DAY,
  lifetimeSeconds: DAY,
  joiningSeconds: HOUR,
  outage: { at: STRETCH, seconds: 6 * HOUR },
  authorityChangeAt: 2 * STRETCH,
};

/** The agents' jitter is the one thing here that chance decides: with it fixed, a run is the same every time. */
function fixedJitter(): void {
  let seed = 1;
  // Not a mock of node:test, which remembers each of millions of calls.
  const randomInt = (limit: number): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return Math.floor((seed / 2_147_483_647) * limit);
  };
  Object.assign(crypto, { randomInt });
  syncBuiltinESMExports();
}

describe(`10,000 nodes with certificates of a day, for ${PLAN.days} days, with an outage of six hours and a CA change`, () => {
  fixedJitter();
  const { renewalsByMinute, expired, lastOldRenewalAt } = simulateFleet(PLAN);
  const first = renewalsByMinute.findIndex((count) => count > 0);
  const total = renewalsByMinute.reduce((sum, count) => sum + count, 0);
  const mean = total / (renewalsByMinute.length - first);
  const peak = (from: number, until: number): number => Math.max(...renewalsByMinute.subarray(from / 60, until / 60));
  const outageEnd = PLAN.outage.at + PLAN.outage.seconds;

  it("expires none", () => assert.equal(expired, 0));

  const stretches: readonly { why: string; from: number; until: number }[] = [
    { why: "after all booted within an hour", from: 0, until: 0.4 * STRETCH },
    { why: "on ordinary days", from: 0.4 * STRETCH, until: STRETCH },
    { why: "after the outage", from: outageEnd, until: outageEnd + 2 * DAY },
    { why: "in the CA change", from: 2 * STRETCH, until: 2 * STRETCH + 2 * DAY },
    { why: "in the whole run, but for the first certificates themselves", from: 0, until: 3 * STRETCH },
  ];
  for (const { why, from, until } of stretches) {
    it(`renews in no minute more than twice the mean ${why}`, (t) => {
      const worst = peak(from, until);
      t.diagnostic(`${worst} in the worst minute, ${mean.toFixed(2)} in the mean: ${(worst / mean).toFixed(2)} times`);
      assert.ok(worst <= 2 * mean, `${worst} where the mean is ${mean}`);
    });
  }

  it("renews nothing while the service is down, and everything that was due in a day", () => {
    assert.equal(peak(PLAN.outage.at + 60, outageEnd - 60), 0);
    const [lost, after] = [PLAN.outage.at - DAY, outageEnd].map((from) =>
      renewalsByMinute.subarray(from / 60, (from + DAY) / 60).reduce((sum, count) => sum + count, 0),
    );
    assert.ok(lost && after && after > lost * 0.8, `${after}`);
  });

  it("has left the old CA sooner than by ordinary renewal alone", () => {
    const hours = (lastOldRenewalAt - PLAN.authorityChangeAt) / HOUR;
    assert.ok(hours > 7 && hours < 15, `${hours} hours`);
  });
});
