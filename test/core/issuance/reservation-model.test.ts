import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BROKEN_ACTS, BROKEN_MERCIES, BROKEN_RULES } from "../../support/broken-services.ts";
import {
  assertNoComplaint,
  firstComplaint,
  KEEPERS,
  LONERS,
  RIVALS,
  type Complaints,
} from "../../support/model-property.ts";
import { BROKEN_RECOVERIES } from "../../support/broken-recoveries.ts";
import { FOUL, FOUL_ABSENCE, LONG_STORM, OPERATED_STORM, STORM } from "../../support/model-weather.ts";

/**
 * The reservation protocol (docs/architecture.md, "Who may have a name") as the real core runs it, against stores in
 * memory, under random interleavings: every call to a store or to the signer is a point where anything may happen.
 *
 *   NODESEAL_MODEL_RUNS=100000 node --test test/core/issuance/reservation-model.test.ts     a long run
 *   NODESEAL_MODEL_SEED=…                                                          the runs of a failure again
 */
const RUNS = Number(process.env["NODESEAL_MODEL_RUNS"] ?? 1500);

/** A broken rule must show within so many runs. The seed is fixed: this is about the model, not about luck. */
const BROKEN = { seed: 7, numRuns: 600, endOnFailure: true };

const rivals = { weather: STORM, maxTries: 8 };
const loners = { weather: FOUL, maxTries: 80 };

const unsafe: Complaints = ({ violations }) => violations;
const unsafeOrStranded: Complaints = ({ violations, stranded }) => [...violations, ...stranded];

describe("the reservation protocol", () => {
  it(`breaks no promise in ${RUNS} storms`, async () => {
    await assertNoComplaint(RIVALS, rivals, unsafe, RUNS);
  });

  it(`breaks no promise in ${RUNS} storms with an operator who releases and revokes names`, async () => {
    await assertNoComplaint(RIVALS, { ...rivals, weather: OPERATED_STORM }, unsafe, RUNS);
  });

  it(`strands no client that has its name to itself, in ${RUNS} runs of foul weather`, async () => {
    await assertNoComplaint(LONERS, loners, unsafeOrStranded, RUNS);
  });

  it(`breaks no promise in ${RUNS} storms in which nodes are off for weeks, and an operator lets them recover`, async () => {
    await assertNoComplaint(RIVALS, { ...rivals, weather: LONG_STORM }, unsafe, RUNS);
  });

  it(`strands no client that keeps its key, however long it was off, in ${RUNS} runs of foul weather`, async () => {
    await assertNoComplaint(KEEPERS, { ...loners, weather: FOUL_ABSENCE }, unsafeOrStranded, RUNS);
  });

  describe("shows that it is broken when a rule is left out:", () => {
    for (const { rule, violation, ...mutant } of BROKEN_RULES) {
      it(rule, async () => {
        const { failed, errorInstance } = await firstComplaint(RIVALS, { ...rivals, mutant }, unsafe, BROKEN);
        assert.ok(failed, "nothing was noticed");
        assert.match(String(errorInstance), violation);
      });
    }
    for (const { rule, violation, ...mutant } of BROKEN_ACTS) {
      it(rule, async () => {
        const settings = { ...rivals, weather: OPERATED_STORM, mutant };
        const { failed, errorInstance } = await firstComplaint(RIVALS, settings, unsafe, BROKEN);
        assert.ok(failed, "nothing was noticed");
        assert.match(String(errorInstance), violation);
      });
    }
    for (const { rule, violation, ...mutant } of BROKEN_RECOVERIES) {
      it(rule, async () => {
        const settings = { ...rivals, weather: LONG_STORM, mutant };
        const { failed, errorInstance } = await firstComplaint(RIVALS, settings, unsafe, BROKEN);
        assert.ok(failed, "nothing was noticed");
        assert.match(String(errorInstance), violation);
      });
    }
    for (const { rule, violation, ...mutant } of BROKEN_MERCIES) {
      it(rule, async () => {
        const { failed, errorInstance } = await firstComplaint(LONERS, { ...loners, mutant }, unsafeOrStranded, BROKEN);
        assert.ok(failed, "nobody was stranded");
        assert.match(String(errorInstance), violation);
      });
    }
  });
});
