import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { memoryIssuanceLedger } from "../../../adapters/memory/issuance-ledger.ts";
import { memoryNodeStore } from "../../../adapters/memory/node-store.ts";
import { memoryRenewalWatchStore } from "../../../adapters/memory/renewal-watch-store.ts";
import type { AuditEvent } from "../../../core/audit/audit-event.ts";
import { overdueSince } from "../../../core/renewal/overdue-renewal.ts";
import { DEFAULT_WATCH_LIMITS, watchRenewals } from "../../../core/renewal/watch-renewals.ts";
import { holdCertificate } from "../../support/held-certificates.ts";
import { NOW } from "../../support/stored-records.ts";

const HOUR = 3600;
const DAY = 24 * HOUR;

/** The watch over a fleet in memory, reconciliation by reconciliation. */
function watchBench(limits = DEFAULT_WATCH_LIMITS) {
  const calls: string[] = [];
  const hooks: { beforeEach?: (operation: string) => Promise<void> } = {};
  const hook = {
    beforeEach: async (operation: string) => {
      calls.push(operation);
      await hooks.beforeEach?.(operation);
    },
  };
  const events: AuditEvent[] = [];
  const clock = { now: NOW };
  const services = {
    ledger: memoryIssuanceLedger(hook),
    nodes: memoryNodeStore(hook),
    watches: memoryRenewalWatchStore(hook),
    audit: (event: AuditEvent) => void events.push(event),
    clock: () => clock.now,
  };
  return {
    ...{ hooks, calls, events, services, clock },
    hold: (nodeName: string, lifeSeconds: number) =>
      holdCertificate(services, nodeName, { at: clock.now, lifeSeconds }),
    pass: (seconds: number) => void (clock.now = new Date(clock.now.getTime() + seconds * 1000)),
    round: async () => {
      calls.length = 0;
      events.length = 0;
      await watchRenewals(services, limits);
      return events.map(({ event, nodeName, nodeCount }) => `${event} ${nodeName ?? nodeCount ?? ""}`);
    },
  };
}

type Bench = ReturnType<typeof watchBench>;

/** Reconciliations every five minutes for so long; what they told. */
async function reconciliationsFor(bench: Bench, seconds: number): Promise<string[]> {
  const told: string[] = [];
  for (let passed = 0; passed < seconds; passed += 300) {
    bench.pass(300);
    told.push(...(await bench.round()));
  }
  return told;
}

describe("watchRenewals", () => {
  it("tells once of a node that stopped, and not of one that renews", async () => {
    const bench = watchBench();
    await bench.hold("stopped", 7 * DAY);
    await bench.hold("alive", 7 * DAY);
    assert.deepEqual(await reconciliationsFor(bench, 6 * DAY), []);
    await bench.hold("alive", 7 * DAY);
    assert.deepEqual(await reconciliationsFor(bench, 4 * DAY), ["node_overdue stopped", "nodes_overdue 1"]);
  });

  it("says what helps to find it", async () => {
    const bench = watchBench();
    const record = await bench.hold("stopped", 7 * DAY);
    bench.pass(6.9 * DAY);
    await bench.round();
    assert.deepEqual(bench.events[0], {
      event: "node_overdue",
      nodeName: "stopped",
      signerName: record.signerName,
      name: record.name,
      serialNumber: record.reservation.serialNumber,
      notAfter: record.reservation.notAfter.toISOString(),
      overdueSince: overdueSince(record.reservation, undefined).toISOString(),
      lastSeenAt: NOW.toISOString(),
    });
  });

  for (const [life, seconds] of Object.entries({ "12 hours": 12 * HOUR, "a day": DAY, "30 days": 30 * DAY })) {
    it(`tells while most of what was left is left still: ${life}`, async () => {
      const bench = watchBench();
      const { reservation } = await bench.hold("stopped", seconds);
      const since = overdueSince(reservation, undefined).getTime();
      bench.pass(Math.max(0, (since - NOW.getTime()) / 1000 - 2 * DAY));
      await reconciliationsFor(bench, (since - bench.clock.now.getTime()) / 1000);
      const left = reservation.notAfter.getTime() - since;
      assert.deepEqual(await reconciliationsFor(bench, Math.max(HOUR + 300, (left / 1000) * 0.15)), [
        "node_overdue stopped",
        "nodes_overdue 1",
      ]);
    });
  }

  it("tells again of the next certificate, should it end likewise", async () => {
    const bench = watchBench();
    await bench.hold("often", DAY);
    assert.equal((await reconciliationsFor(bench, 2 * DAY)).length, 2);
    await bench.hold("often", DAY);
    assert.equal((await reconciliationsFor(bench, 2 * DAY)).length, 2);
  });

  it("tells of a certificate whose whole life fell between two looks", async () => {
    const bench = watchBench();
    await bench.round();
    await bench.hold("short", 600);
    assert.deepEqual(await reconciliationsFor(bench, 3 * HOUR), ["node_overdue short", "nodes_overdue 1"]);
  });

  it("reads no node of a fleet that renews in time", async () => {
    const bench = watchBench();
    for (let index = 0; index < 20; index++) await bench.hold(`node-${index}`, 7 * DAY);
    bench.pass(5 * DAY);
    for (let index = 0; index < 20; index++) await bench.hold(`node-${index}`, 7 * DAY);
    await bench.round();
    bench.pass(300);
    await bench.round();
    assert.deepEqual(bench.calls, ["watches.read"], "five minutes later nothing is due");
    bench.pass(HOUR);
    await bench.round();
    assert.ok(!bench.calls.includes("nodes.readMany"));
    assert.ok(bench.calls.filter((call) => call === "ledger.listCertificates").length <= 2);
  });

  it("names a hundred, and counts the others", async () => {
    const bench = watchBench();
    for (let index = 0; index < 130; index++) await bench.hold(`node-${index}`, 7 * DAY);
    bench.pass(6.9 * DAY);
    const told = await bench.round();
    assert.deepEqual([told.length, told.at(-1)], [101, "nodes_overdue 130"]);
    assert.deepEqual(await bench.round(), []);
  });

  it("does no more in a reconciliation than it may, and goes on in the next", async () => {
    const bench = watchBench({ mostPages: 3, leastIntervalSeconds: 3600 });
    for (let index = 0; index < 3500; index++) await bench.hold(`node-${index}`, 12 * HOUR);
    bench.pass(11.5 * HOUR);
    const first = await bench.round();
    assert.equal(bench.calls.filter((call) => call === "ledger.listCertificates").length, 3);
    const second = await bench.round();
    // One page was today's, which is empty: they end after midnight.
    assert.deepEqual([first.at(-1), second.at(-1)], ["nodes_overdue 2000", "nodes_overdue 1500"]);
    for (let round = 0; round < 20; round++) assert.deepEqual(await bench.round(), []);
  });

  it("tells again what it could not write down, and fails where somebody else writes", async () => {
    const bench = watchBench();
    await bench.hold("stopped", 7 * DAY);
    bench.pass(6.9 * DAY);
    bench.hooks.beforeEach = (operation) =>
      operation === "watches.write" ? Promise.reject(new Error("no answer")) : Promise.resolve();
    await assert.rejects(bench.round(), /no answer/);
    assert.equal(bench.events.length, 2);
    bench.hooks.beforeEach = async (operation) => {
      if (operation !== "watches.write") return;
      delete bench.hooks.beforeEach;
      await watchRenewals({ ...bench.services, audit: () => undefined }, DEFAULT_WATCH_LIMITS);
    };
    await assert.rejects(bench.round(), /written by another run meanwhile/);
    assert.deepEqual(await bench.round(), [], "that one told it");
  });
});
