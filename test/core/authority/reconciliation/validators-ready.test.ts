import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { AuthorityPlan } from "../../../../core/authority/plan.ts";
import { revocationBench } from "../../../support/revocation-bench.ts";

const MINUTE_HOURS = 1 / 60;

/** A minute of functions' memory, and ten of the servers' own. */
const WAIT: Partial<AuthorityPlan> = { validatorWaitSeconds: 660 };

/** issuing-g2 is prepared, and its activation asked for. */
async function asked(planned: Partial<AuthorityPlan> = WAIT, { isForced = false } = {}) {
  const bench = revocationBench(planned);
  await bench.round();
  await bench.ask({ act: "prepare", role: "issuing" });
  await bench.services.changeRequests.readProgress();
  const prepare = async () => {
    await bench.round();
    return bench.ask({ act: "activate", authorityId: "issuing-g2", isForced });
  };
  return { ...bench, change: await prepare() };
}

describe("a CA whose servers must know it first", () => {
  it("signs once its list has been out for longer than any server takes, and says until when it waits", async () => {
    const bench = await asked();
    const prepared = bench.clock.now;
    await bench.round();
    const outcome = await bench.outcome(bench.change.number);
    assert.equal(outcome?.state, "held");
    const until = new Date(prepared.getTime() + 660_000).toISOString().replace(".000Z", "Z");
    assert.match(outcome.reason, new RegExp(`^issuing-g2 signs from ${until} on: .*--force lets it sign now`));
    bench.advance(10 * MINUTE_HOURS);
    await bench.round();
    assert.ok((await bench.states()).includes("issuing-g2 prepared"));
    bench.advance(MINUTE_HOURS);
    await bench.round();
    assert.ok((await bench.states()).includes("issuing-g2 active"));
    assert.equal((await bench.outcome(bench.change.number))?.state, "done");
  });

  it("counts from the first list, however often another has been made since", async () => {
    const bench = revocationBench({ ...WAIT, revocationLists: { shards: 1, lifetimeSeconds: 3600, url: undefined } });
    await bench.round();
    await bench.ask({ act: "prepare", role: "issuing" });
    await bench.round();
    const first = await bench.published("issuing-g2");
    bench.advance(2);
    await bench.round();
    assert.notEqual((await bench.published("issuing-g2"))?.number, first?.number);
    const { number } = await bench.ask({ act: "activate", authorityId: "issuing-g2", isForced: false });
    await bench.round();
    assert.equal((await bench.outcome(number))?.state, "done");
  });

  it("waits for its first list, however long that takes", async () => {
    const bench = revocationBench(WAIT);
    await bench.round();
    const { lists } = bench.services;
    const write = lists.write.bind(lists);
    bench.services.lists.write = async (list, record) =>
      list.authorityId === "issuing-g1" && (await write(list, record));
    await bench.ask({ act: "prepare", role: "issuing" });
    await assert.rejects(bench.round(), /revocation lists lack/);
    const { number } = await bench.ask({ act: "activate", authorityId: "issuing-g2", isForced: false });
    bench.advance(5);
    await assert.rejects(bench.round(), /revocation lists lack/);
    const outcome = await bench.outcome(number);
    assert.equal(outcome?.state, "held");
    assert.match(outcome.reason, /the first revocation list of issuing-g2/);
  });

  it("waits as long where there are no lists: servers may trust issuing CAs alone", async () => {
    const bench = await asked({ ...WAIT, revocationLists: undefined });
    await bench.round();
    assert.equal((await bench.outcome(bench.change.number))?.state, "held");
    bench.advance(11 * MINUTE_HOURS);
    await bench.round();
    assert.equal((await bench.outcome(bench.change.number))?.state, "done");
  });

  it("signs at once when an operator insists, or where nobody waits for servers", async () => {
    for (const bench of [await asked(WAIT, { isForced: true }), await asked({ validatorWaitSeconds: 0 })]) {
      await bench.round();
      assert.equal((await bench.outcome(bench.change.number))?.state, "done");
    }
  });

  it("goes back at once to the CA before, which is not retired as long as servers may not have noticed", async () => {
    const bench = await asked();
    bench.advance(11 * MINUTE_HOURS);
    await bench.round();
    const { number } = await bench.ask({ act: "retire", authorityId: "issuing-g1", isForced: false });
    await bench.round();
    const held = await bench.outcome(number);
    assert.equal(held?.state, "held");
    assert.match(held.reason, /until \S+Z the activation can be rolled back \(nodeseal ca rollback\)/);
    const back = await bench.ask({ act: "activate", authorityId: "issuing-g1", isForced: false });
    await bench.round();
    assert.equal((await bench.outcome(back.number))?.state, "done");
    assert.deepEqual((await bench.states()).slice(1), ["issuing-g1 active", "issuing-g2 retiring"]);
    await bench.round();
    assert.equal((await bench.outcome(number))?.state, "refused", "what is active again is not retired later");
  });

  it("is retired when servers have had the time, or at once when an operator insists", async () => {
    for (const isForced of [true, false]) {
      const bench = await asked();
      bench.advance(11 * MINUTE_HOURS);
      await bench.round();
      if (!isForced) bench.advance(11 * MINUTE_HOURS);
      await bench.ask({ act: "retire", authorityId: "issuing-g1", isForced });
      await bench.round();
      assert.ok((await bench.states()).includes("issuing-g1 retired"));
    }
  });
});
