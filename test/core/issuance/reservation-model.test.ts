import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BROKEN_MERCIES } from "../../support/broken-mercies.ts";
import { BROKEN_ACTS, BROKEN_RULES } from "../../support/broken-services.ts";
import { BROKEN_NAMESAKES, BROKEN_RESTORES } from "../../support/broken-restores.ts";
import { BROKEN_APPLICATIONS, BROKEN_CONFIRMATIONS, BROKEN_MEMORIES, BROKEN_USES } from "../../support/broken-uses.ts";
import { BROKEN_RECOVERIES } from "../../support/broken-recoveries.ts";
import { IS_LONG_RUN } from "../../support/long-run.ts";
import { assertNoComplaint, searchForComplaint } from "../../support/model-search.ts";
import {
  FORGETFUL_STORM,
  FOUL,
  FOUL_ABSENCE,
  FOUL_ALONE,
  FOUL_RESTORED,
  LONG_STORM,
  OPERATED_STORM,
  RESTORED_STORM,
  STORM,
} from "../../support/model-weather.ts";

/**
 * The reservation protocol (docs/architecture.md, "Who may have a name") as the real core runs it, against stores in
 * memory, under random interleavings: every call to a store or to the signer is a point where anything may happen.
 *
 *   NODESEAL_MODEL_RUNS=100000 node --test test/core/issuance/reservation-model.test.ts     a long run
 *   NODESEAL_MODEL_SEED=…                                                          the runs of a failure again
 */
const RUNS = Number(process.env["NODESEAL_MODEL_RUNS"] ?? (IS_LONG_RUN ? 1500 : 300));

/** Of what the first runs see in part. */
const FEWER = Math.ceil(RUNS / 3);

/** A broken rule must show within so many runs. The seed is fixed: this is about the model, not about luck. */
const BROKEN = { seed: 7, numRuns: 600, endOnFailure: true };

const rivals = { plans: "rivals", weather: STORM, maxTries: 8, isStrandingWrong: false } as const;
const loners = { plans: "loners", weather: FOUL, maxTries: 80, isStrandingWrong: true } as const;

const applicants = { ...rivals, plans: "applicants" } as const;
const forgotten = { ...applicants, weather: FORGETFUL_STORM } as const;
const users = { ...rivals, plans: "users" } as const;
const starters = { ...loners, plans: "starters", weather: FOUL_ALONE } as const;
const restored = { ...loners, plans: "renewers", weather: FOUL_RESTORED } as const;
const namesakes = { ...rivals, plans: "namesakes" } as const;

describe("the reservation protocol", () => {
  it(`breaks no promise in ${RUNS} storms`, async () => {
    await assertNoComplaint(rivals, RUNS);
  });

  it(`breaks no promise in ${RUNS} storms with an operator who releases and revokes names`, async () => {
    await assertNoComplaint({ ...rivals, weather: OPERATED_STORM }, RUNS);
  });

  it(`strands no client that has its name to itself, in ${RUNS} runs of foul weather`, async () => {
    await assertNoComplaint(loners, RUNS);
  });

  it(`breaks no promise in ${RUNS} storms in which nodes are off for weeks, and an operator lets them recover`, async () => {
    await assertNoComplaint({ ...rivals, weather: LONG_STORM }, RUNS);
  });

  it(`strands no client that keeps its key, however long it was off, in ${RUNS} runs of foul weather`, async () => {
    await assertNoComplaint({ ...loners, plans: "keepers", weather: FOUL_ABSENCE }, RUNS);
  });

  it(`breaks no promise in ${FEWER} storms in which requests wait, and are approved, denied and deleted`, async () => {
    await assertNoComplaint(applicants, FEWER);
  });

  it(`breaks no promise in ${FEWER} storms over years, in which the ledger forgets`, async () => {
    await assertNoComplaint(forgotten, FEWER);
  });

  it(`breaks no promise in ${FEWER} storms in which certificates are used and never confirmed`, async () => {
    await assertNoComplaint(users, FEWER);
  });

  it(`strands no machine with a token for one, started again while it waits, in ${FEWER} runs of foul weather`, async () => {
    await assertNoComplaint(starters, FEWER);
  });

  it(`breaks no promise in ${FEWER} storms in which tables are restored, and an operator admits what is lost`, async () => {
    await assertNoComplaint({ ...rivals, weather: RESTORED_STORM }, FEWER);
  });

  it(`strands no machine that renewed after the backup, in ${FEWER} runs of foul weather with restores`, async () => {
    await assertNoComplaint(restored, FEWER);
  });

  it(`breaks no promise in ${FEWER} storms among those who want one client's name of several signers`, async () => {
    await assertNoComplaint(namesakes, FEWER);
  });

  describe("shows that it is broken when a rule is left out:", () => {
    for (const { rule, violation } of BROKEN_RULES) {
      it(rule, async () => {
        const { failed, error } = await searchForComplaint({ ...rivals, mutant: rule, parameters: BROKEN });
        assert.ok(failed, "nothing was noticed");
        assert.match(error, violation);
      });
    }
    for (const { rule, violation } of BROKEN_ACTS) {
      it(rule, async () => {
        const settings = { ...rivals, weather: OPERATED_STORM, mutant: rule, parameters: BROKEN };
        const { failed, error } = await searchForComplaint(settings);
        assert.ok(failed, "nothing was noticed");
        assert.match(error, violation);
      });
    }
    for (const { rule, violation } of BROKEN_RECOVERIES) {
      it(rule, async () => {
        const settings = { ...rivals, weather: LONG_STORM, mutant: rule, parameters: BROKEN };
        const { failed, error } = await searchForComplaint(settings);
        assert.ok(failed, "nothing was noticed");
        assert.match(error, violation);
      });
    }
    const others = [
      { settings: applicants, rules: BROKEN_USES },
      { settings: forgotten, rules: BROKEN_MEMORIES },
      { settings: users, rules: BROKEN_CONFIRMATIONS },
      { settings: starters, rules: BROKEN_APPLICATIONS },
      { settings: restored, rules: BROKEN_RESTORES },
      { settings: namesakes, rules: BROKEN_NAMESAKES },
    ] as const;
    for (const { settings, rules } of others) {
      for (const { rule, violation } of rules) {
        it(rule, async () => {
          const { failed, error } = await searchForComplaint({ ...settings, mutant: rule, parameters: BROKEN });
          assert.ok(failed, "nothing was noticed");
          assert.match(error, violation);
        });
      }
    }
    for (const { rule, violation } of BROKEN_MERCIES) {
      it(rule, async () => {
        const { failed, error } = await searchForComplaint({ ...loners, mutant: rule, parameters: BROKEN });
        assert.ok(failed, "nobody was stranded");
        assert.match(error, violation);
      });
    }
  });
});
