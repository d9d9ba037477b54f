import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { reconcileOnSchedule } from "../../../../core/authority/reconciliation/scheduled-reconciliation.ts";
import type { AuthorityPlan } from "../../../../core/authority/plan.ts";
import { WHOLE } from "../../../../core/authority/revocation-shard.ts";
import { memoryRenewalWatchStore } from "../../../../adapters/memory/renewal-watch-store.ts";
import { hoursFrom } from "../../../support/authorities.ts";
import { reconciliationBench } from "../../../support/authority-reconciliations.ts";
import { completion, nodeRecord, nodeSlot, reservedRecord } from "../../../support/stored-records.ts";

const ISSUER = "issuing-g1";
const RETIRE = { act: "retire", authorityId: ISSUER, isForced: false } as const;

/** A CA that was replaced, with certificates on record that were replaced; each page of them takes half a minute to read. */
async function slowBench(junk: number, planned: Partial<AuthorityPlan> = {}) {
  const bench = reconciliationBench(planned);
  await bench.round();
  await bench.ask({ act: "prepare", role: "issuing" });
  await bench.round();
  await bench.ask({ act: "activate", authorityId: "issuing-g2", isForced: true });
  await bench.round();
  const { ledger } = bench.services;
  const pages: number[] = [];
  let onSearch: (() => Promise<void>) | undefined;
  const listCertificates: typeof ledger.listCertificates = async (filter, page) => {
    await onSearch?.();
    const answer = await ledger.listCertificates(filter, page);
    if (answer.items.length > 0) {
      bench.clock.now = new Date(bench.clock.now.getTime() + 30_000);
      pages.push(answer.items.length);
    }
    return answer;
  };
  const services = {
    ...bench.services,
    ledger: { ...ledger, listCertificates },
    watches: memoryRenewalWatchStore(),
  };
  /** Replaced since: no slot of its name has it. */
  const onRecord = async (hours: number) => {
    const record = reservedRecord({}, { issuerId: ISSUER, notAfter: hoursFrom(bench.clock.now, hours) });
    await ledger.reserve(record);
    await ledger.complete(record.name, completion());
    return record;
  };
  await services.nodes.write(nodeRecord("node-1"));
  for (let index = 0; index < junk; index++) await onRecord(240);
  const reconcile = async (): Promise<void> => {
    const bundle = await services.authorities.read();
    assert.ok(bundle);
    await reconcileOnSchedule(services, bench.plan, bundle, { mostPages: 0, leastIntervalSeconds: 3600 });
  };
  const duringSearch = (act: () => Promise<void>) => void (onSearch = act);
  return { ...bench, pages, onRecord, reconcile, duringSearch };
}

describe("retiring a CA with any amount of certificates on record", () => {
  it("is held while its certificates are looked through, goes on where it stopped, and ends", async () => {
    const { ask, outcome, states, pages, reconcile } = await slowBench(2600);
    const { number } = await ask(RETIRE);
    await reconcile();
    const held = await outcome(number);
    assert.equal(held?.state, "held");
    assert.match(held.reason, /^its certificates are being looked through, back to those that expire on \d{4}-/);
    assert.deepEqual(pages, [500, 500]);
    await reconcile();
    assert.deepEqual(pages, [500, 500, 500, 500]);
    await reconcile();
    assert.deepEqual(pages.slice(4), [500, 100]);
    assert.equal((await outcome(number))?.state, "done");
    assert.ok((await states()).includes(`${ISSUER} retired`));
  });

  it("finds what is still in use behind them", async () => {
    const { ask, outcome, services, onRecord, reconcile } = await slowBench(1100);
    const { name, nodeName, reservation } = await onRecord(24);
    const anchor = nodeSlot({ intentName: name, serialNumber: reservation.serialNumber });
    await services.nodes.write(nodeRecord(nodeName, { version: 1, anchor }));
    const { number } = await ask(RETIRE);
    await reconcile();
    await reconcile();
    assert.match(
      (await outcome(number))?.reason ?? "",
      new RegExp(`still uses certificate ${reservation.serialNumber}`),
    );
  });

  const DAYS = 24;
  const off: readonly {
    readonly why: string;
    readonly hours: number;
    readonly isHeld: boolean;
    readonly isReleased?: true;
  }[] = [
    { why: "is held by a machine that is off and may come back, and names it", hours: -3 * DAYS, isHeld: true },
    { why: "is held to the last day of its window", hours: -30 * DAYS + 1, isHeld: true },
    { why: "is not held by one that can come back no more", hours: -30 * DAYS - 1, isHeld: false },
    { why: "is not held by one that was released", hours: -3 * DAYS, isHeld: false, isReleased: true },
  ];
  for (const { why, hours, isHeld, isReleased } of off) {
    it(why, async () => {
      const { ask, outcome, services, onRecord, reconcile, states } = await slowBench(0);
      const { name, nodeName, reservation } = await onRecord(hours);
      const anchor = nodeSlot({ intentName: name, serialNumber: reservation.serialNumber });
      const releasedAt = isReleased ? services.clock() : undefined;
      await services.nodes.write(nodeRecord(nodeName, { version: 1, anchor, releasedAt }));
      const { number } = await ask(RETIRE);
      await reconcile();
      const found = await outcome(number);
      assert.equal(found?.state, isHeld ? "held" : "done", found?.reason);
      if (!isHeld) return;
      assert.match(
        found.reason,
        new RegExp(
          `^${nodeName} is off, and may come back until \\S+Z with certificate ${reservation.serialNumber} .*nodeseal node release ${nodeName}`,
        ),
      );
      const forced = await ask({ ...RETIRE, isForced: true });
      await reconcile();
      assert.equal((await outcome(forced.number))?.state, "done");
      assert.ok((await states()).includes(`${ISSUER} retired`));
    });
  }

  it("waits until programs on a machine have read the certificate that came after, as long as servers need at most", async () => {
    for (const [validatorWaitSeconds, seconds] of [
      [660, 360],
      [75, 75],
      [0, 0],
    ] as const) {
      const bench = await slowBench(0, { validatorWaitSeconds });
      const { clock, services } = bench;
      const { nodeName, reservation } = await bench.onRecord(240);
      // Whoever waits for servers has waited.
      clock.now = hoursFrom(clock.now, 1);
      const renewedAt = clock.now;
      await services.nodes.write(
        nodeRecord(nodeName, { version: 1, anchor: nodeSlot({ kind: "renewal", at: renewedAt }) }),
      );
      const { number } = await bench.ask(RETIRE);
      if (seconds > 0) {
        clock.now = new Date(renewedAt.getTime() + seconds * 1000 - 60_000);
        await bench.reconcile();
        const held = await bench.outcome(number);
        assert.equal(held?.state, "held", held?.reason);
        assert.match(
          held.reason,
          new RegExp(`^${nodeName} has only just replaced certificate ${reservation.serialNumber}`),
        );
      }
      clock.now = new Date(renewedAt.getTime() + seconds * 1000);
      await bench.reconcile();
      assert.equal((await bench.outcome(number))?.state, "done");
    }
  });

  it("lets lists, publication and warnings go first", async () => {
    const { ask, services, onRecord, reconcile, states, published, duringSearch } = await slowBench(1);
    await ask(RETIRE);
    const { name, reservation } = await onRecord(24);
    await services.ledger.revoke(name, { reason: "keyCompromise", by: "ada", at: services.clock() });
    const before = published.length;
    // The function ends here: nothing is written of it.
    const dies = new Error("out of time");
    const seen: unknown[] = [];
    duringSearch(async () => {
      const { published: list } = await services.lists.read({ authorityId: ISSUER, shard: WHOLE });
      seen.push(list?.number !== undefined, published.length - before, (await states()).length);
      throw dies;
    });
    await reconcile();
    assert.deepEqual(seen.slice(0, 3), [true, 0, 3], `${reservation.serialNumber} is on no list yet`);
  });
});
