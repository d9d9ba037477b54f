import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ObjectLedger } from "../../../core/ledger/object-ledger.ts";
import type { IssuanceLedger } from "../../../core/ledger/issuance-ledger.ts";
import {
  completion,
  daysLater,
  issuanceRecord,
  minutesLater,
  NOW,
  reservedRecord,
} from "../../support/stored-records.ts";

export type BothLedgers = IssuanceLedger & ObjectLedger;

const METADATA = { labels: { "example.com/rack": "7" }, annotations: { note: "größer", empty: "" }, at: NOW };

/** What every ledger does for Kubernetes' view of it. */
export function objectLedgerContract(newLedger: () => Promise<BothLedgers>): void {
  describe("objects", () => {
    it("keeps labels and annotations through the whole cycle", async () => {
      const ledger = await newLedger();
      const record = { ...issuanceRecord(), name: "alice", metadata: METADATA };
      await ledger.createPending(record);
      await ledger.reserve(reservedRecord({ name: "alice" }));
      const stored = await ledger.complete("alice", completion());
      assert.deepEqual(stored.metadata, METADATA);
    });

    it("takes an object out of sight once, and keeps the record", async () => {
      const ledger = await newLedger();
      await ledger.createPending({ ...issuanceRecord(), name: "alice" });
      assert.equal((await ledger.remove("alice", NOW))?.removedAt?.getTime(), NOW.getTime());
      assert.equal((await ledger.remove("alice", minutesLater(1)))?.removedAt?.getTime(), NOW.getTime());
      assert.equal((await ledger.read("alice"))?.removedAt?.getTime(), NOW.getTime());
      assert.equal(await ledger.remove("bob", NOW), undefined);
    });

    it("abandons what has no certificate, for good", async () => {
      const ledger = await newLedger();
      await ledger.createPending({ ...issuanceRecord(), name: "alice" });
      const left = await ledger.abandon("alice", NOW);
      assert.deepEqual([left?.voidedAt, left?.removedAt], [NOW, NOW]);
      const again = await ledger.abandon("alice", minutesLater(1));
      assert.deepEqual([again?.voidedAt, again?.removedAt], [NOW, NOW]);
      const reserved = await ledger.reserve(reservedRecord({ name: "alice" }));
      assert.equal(reserved.reservation, undefined);
      assert.equal(await ledger.abandon("bob", NOW), undefined);
      const waiting = await ledger.listRequests(undefined, { limit: 10, cursor: undefined });
      assert.deepEqual(waiting.items, []);
    });

    it("abandons nothing that has its certificate", async () => {
      const ledger = await newLedger();
      await ledger.reserve(reservedRecord({ name: "alice" }));
      const completed = await ledger.complete("alice", completion());
      assert.deepEqual(await ledger.abandon("alice", NOW), completed);
      assert.deepEqual(await ledger.read("alice"), completed);
    });

    it("gives a name to one successor only", async () => {
      const ledger = await newLedger();
      await ledger.createPending({ ...issuanceRecord(), name: "alice" });
      assert.equal(await ledger.succeed("alice", "alice~bbbbb", undefined, NOW), true);
      assert.equal(await ledger.succeed("alice", "alice~ccccc", undefined, NOW), false);
      assert.equal(await ledger.succeed("alice", "alice~ddddd", "alice~bbbbb", daysLater(30)), true);
      assert.equal((await ledger.read("alice"))?.successor, "alice~ddddd");
      assert.equal(await ledger.succeed("bob", "bob~bbbbb", undefined, NOW), false);
    });

    it("writes labels on condition that nobody did since", async () => {
      const ledger = await newLedger();
      await ledger.createPending({ ...issuanceRecord(), name: "alice" });
      assert.deepEqual((await ledger.annotate("alice", METADATA, undefined))?.metadata, METADATA);
      assert.equal(await ledger.annotate("alice", { ...METADATA, at: minutesLater(1) }, undefined), undefined);
      const second = { labels: {}, annotations: {}, at: minutesLater(2) };
      assert.deepEqual((await ledger.annotate("alice", second, NOW))?.metadata, second);
      assert.equal(await ledger.annotate("bob", METADATA, undefined), undefined);
    });

    it("lists what was made through Kubernetes' API in pages", async () => {
      const ledger = await newLedger();
      const names = Array.from({ length: 12 }, (_, index) => `csr-${index}`);
      for (const [index, name] of names.entries())
        await ledger.createPending({ ...issuanceRecord(), name, createdAt: minutesLater(-index * 200) });
      await ledger.createPending(issuanceRecord());
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await ledger.listChanged(minutesLater(-3000), minutesLater(1), { limit: 5, cursor });
        assert.ok(page.items.length <= 5);
        seen.push(...page.items.map(({ name }) => name));
        cursor = page.cursor;
      } while (cursor !== undefined);
      assert.deepEqual(seen.toSorted(), names.toSorted());
    });

    it("gives what changes while it is listed again, and misses nothing", async () => {
      const ledger = await newLedger();
      const names = Array.from({ length: 8 }, (_, index) => `csr-${index}`);
      for (const [index, name] of names.entries())
        await ledger.createPending({ ...issuanceRecord(), name, createdAt: minutesLater(index - 100) });
      const first = await ledger.listChanged(minutesLater(-200), minutesLater(9), { limit: 3, cursor: undefined });
      for (const [index, name] of names.entries()) await ledger.remove(name, minutesLater(index));
      const seen = first.items.map(({ name }) => name);
      for (let { cursor } = first; cursor !== undefined;) {
        const page = await ledger.listChanged(minutesLater(-200), minutesLater(9), { limit: 3, cursor });
        seen.push(...page.items.map(({ name }) => name));
        cursor = page.cursor;
      }
      assert.deepEqual([...new Set(seen)].toSorted(), names);
    });

    it("tells what changed between two times, whatever the act, oldest change first", async () => {
      const ledger = await newLedger();
      const word = { outcome: "Denied", by: "ada", reason: "Test", message: "" } as const;
      const acts = [
        (name: string, at: Date) => ledger.decide(name, { ...word, at }),
        (name: string, at: Date) => ledger.void(name, at),
        (name: string, at: Date) => ledger.revoke(name, { reason: "keyCompromise", at, by: "ada" }),
        (name: string, at: Date) => ledger.remove(name, at),
        (name: string, at: Date) => ledger.annotate(name, { ...METADATA, at }, undefined),
      ];
      for (const index of [...acts.keys(), "done", "quiet"])
        await ledger.createPending({ ...issuanceRecord(), name: `csr-${index}`, createdAt: minutesLater(-60) });
      // Native ones are never told here.
      await ledger.createPending({ ...issuanceRecord(), createdAt: minutesLater(3) });
      for (const [index, act] of acts.entries()) await act(`csr-${index}`, minutesLater(2 * index));
      await ledger.reserve(reservedRecord({ name: "csr-done" }));
      await ledger.complete("csr-done", { ...completion(), at: minutesLater(20) });
      const names = async (...args: Parameters<typeof ledger.changesBetween>): Promise<readonly string[]> =>
        (await ledger.changesBetween(...args)).map(({ name }) => name);
      const all = ["csr-0", "csr-1", "csr-2", "csr-3", "csr-4", "csr-done"];
      assert.deepEqual(await names(minutesLater(-1), minutesLater(60), 100), all);
      assert.deepEqual(await names(minutesLater(0), minutesLater(6), 100), ["csr-1", "csr-2", "csr-3"]);
      assert.deepEqual(await names(minutesLater(-1), minutesLater(60), 2), ["csr-0", "csr-1"]);
      assert.deepEqual(await names(minutesLater(21), minutesLater(60), 100), []);
      // The clocks of two functions differ, and a client may name any version.
      assert.deepEqual(await names(minutesLater(6), minutesLater(6), 100), []);
      assert.deepEqual(await names(minutesLater(6), minutesLater(0), 100), []);
    });

    it("refuses a cursor of another list", async () => {
      const ledger = await newLedger();
      const page = { limit: 5, cursor: "bm9uc2Vuc2U" };
      await assert.rejects(ledger.listChanged(NOW, NOW, page), { code: "malformed_request" });
    });
  });
}
