import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { reconciliationBench } from "../../../support/authority-reconciliations.ts";

const ADA = "arn:aws:sts::111122223333:assumed-role/pki-operators/ada";
const ADA_LATER = "arn:aws:sts::111122223333:assumed-role/pki-operators/another-session";
const EVE = "arn:aws:sts::111122223333:assumed-role/pki-auditors/eve";
const RETIRE = { act: "retire", authorityId: "issuing-g1", isForced: true } as const;

/** issuing-g2 signs, and issuing-g1 is retiring. */
async function rolled(forcedRetirementTakesTwo: boolean) {
  const bench = reconciliationBench({ forcedRetirementTakesTwo });
  await bench.round();
  await bench.ask({ act: "prepare", role: "issuing" });
  await bench.round();
  await bench.ask({ act: "activate", authorityId: "issuing-g2", isForced: true });
  await bench.round();
  assert.ok((await bench.states()).includes("issuing-g1 retiring"));
  return bench;
}

describe("a forced retirement that takes two", () => {
  it("waits for the word of another principal, however often the first repeats it", async () => {
    const bench = await rolled(true);
    const { number } = await bench.ask(RETIRE, ADA);
    for (const by of [ADA, ADA_LATER]) {
      assert.equal((await bench.ask(RETIRE, by)).number, number);
      await bench.round();
      const outcome = await bench.outcome(number);
      assert.equal(outcome?.state, "held");
      assert.match(outcome.reason, /asked by .*ada alone; .*nodeseal ca retire issuing-g1 --force, as another/);
      assert.ok((await bench.states()).includes("issuing-g1 retiring"));
    }
  });

  it("is done once somebody else has asked for the same, and says who", async () => {
    const bench = await rolled(true);
    const { number } = await bench.ask(RETIRE, ADA);
    await bench.round();
    const seconded = await bench.ask(RETIRE, EVE);
    assert.deepEqual([seconded.number, seconded.askedBy, seconded.secondedBy], [number, ADA, EVE]);
    await bench.round();
    assert.ok((await bench.states()).includes("issuing-g1 retired"));
  });

  it("is not seconded by who asks without force, or for another CA", async () => {
    const bench = await rolled(true);
    const { number } = await bench.ask(RETIRE, ADA);
    await bench.ask({ ...RETIRE, isForced: false }, EVE);
    await bench.round();
    assert.equal((await bench.outcome(number))?.state, "held");
  });

  it("takes one where the switch is off", async () => {
    const bench = await rolled(false);
    await bench.ask(RETIRE, ADA);
    await bench.round();
    assert.ok((await bench.states()).includes("issuing-g1 retired"));
  });
});
