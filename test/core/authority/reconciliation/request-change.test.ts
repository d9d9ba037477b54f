import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { withdrawChangeRequest, type Question } from "../../../../core/authority/reconciliation/request-change.ts";
import { reconciliationBench } from "../../../support/authority-reconciliations.ts";

const activation = (authorityId: string, isForced = false): Question => ({ act: "activate", authorityId, isForced });

/** After one reconciliation: root-g1 and issuing-g1 active, `prepared` more issuing CAs prepared. */
async function benchWith(prepared = 0) {
  const bench = reconciliationBench();
  await bench.round();
  for (let count = 0; count < prepared; count++) {
    await bench.ask({ act: "prepare", role: "issuing" });
    await bench.round();
  }
  const numbers = async () =>
    (await bench.services.changeRequests.readChangeRequests()).changeRequests.map(({ number }) => number);
  return { ...bench, numbers };
}

describe("requestAuthorityChange", () => {
  const refused: readonly { why: string; question: Question; code: string; message: RegExp }[] = [
    {
      why: "a CA that is not there",
      question: activation("issuing-g9"),
      code: "not_found",
      message: /there are root-g1, issuing-g1/,
    },
    { why: "another name", question: activation("../x"), code: "not_found", message: /no CA generation/ },
    {
      why: "to retire the active one",
      question: { act: "retire", authorityId: "issuing-g1", isForced: true },
      code: "malformed_request",
      message: /activate another first/,
    },
  ];
  for (const { why, question, code, message } of refused) {
    it(`refuses ${why}`, async () => {
      const { ask, numbers } = await benchWith();
      await assert.rejects(ask(question), { code, message });
      assert.deepEqual(await numbers(), []);
    });
  }

  it("takes the same change request twice for one, and a forced one for another in its place", async () => {
    const { ask, numbers } = await benchWith(1);
    const first = await ask(activation("issuing-g2"));
    assert.equal((await ask(activation("issuing-g2"))).number, first.number);
    const forced = await ask(activation("issuing-g2", true));
    assert.equal((await ask(activation("issuing-g2"))).number, forced.number);
    assert.deepEqual(await numbers(), [1, forced.number]);
  });

  it("lets of two that are to be active only the last be asked for", async () => {
    const { ask, numbers } = await benchWith(2);
    await ask(activation("issuing-g2"));
    const last = await ask(activation("issuing-g3"));
    assert.deepEqual(await numbers(), [1, 2, last.number]);
  });

  it("keeps twenty change requests at most, forgetting settled ones first", async () => {
    const { ask, round, numbers } = await benchWith(1);
    for (let turn = 0; turn < 30; turn++) {
      await ask(activation(turn % 2 === 0 ? "issuing-g2" : "issuing-g1"));
      await round();
    }
    assert.deepEqual(
      await numbers(),
      Array.from({ length: 20 }, (_, index) => index + 12),
    );
  });

  it("withdraws what has not been done, and nothing else", async () => {
    const { ask, round, services, numbers, states } = await benchWith(1);
    const { number } = await ask(activation("issuing-g2"));
    await withdrawChangeRequest(services, number);
    await round();
    assert.deepEqual(await states(), ["root-g1 active", "issuing-g1 active", "issuing-g2 prepared"]);
    assert.deepEqual(await numbers(), [1]);
    for (const gone of [number, 1, 7])
      await assert.rejects(withdrawChangeRequest(services, gone), { code: "not_found" });
  });
});
