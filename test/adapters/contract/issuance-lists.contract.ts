import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { IssuanceRecord } from "../../../core/ledger/issuance-record.ts";
import type { CertificateFilter, IssuanceLedger } from "../../../core/ledger/issuance-ledger.ts";
import { allPages, assertRefusesCursors, assertSameItems, withLongId } from "../../support/paged-lists.ts";
import {
  completion,
  daysLater,
  decision,
  issuanceRecord,
  issueAll,
  issuedRecord,
  minutesLater,
  NOW,
  reservation,
  reservedRecord,
} from "../../support/stored-records.ts";

type Create = () => Promise<IssuanceLedger>;

const SEASON: CertificateFilter = { expiresFrom: daysLater(-30), expiresUntil: daysLater(75) };

const nameOf = ({ name }: IssuanceRecord): string => name;

/** What `IssuanceLedger` says of lists in time's order, every sentence as a test. `create` gives an empty ledger. */
export function issuanceListsContract(create: Create): void {
  describe("IssuanceLedger, lists by time", () => {
    listRequestsContract(create);
    listByHolderContract(create);
  });
}

function listRequestsContract(create: Create): void {
  const waitingLedger = async (count: number) => {
    const ledger = await create();
    // Two of each instant: a page ends between requests of the same age.
    const records = Array.from({ length: count }, (_, index) =>
      issuanceRecord({ createdAt: minutesLater(Math.floor(index / 2)) }),
    );
    await Promise.all(records.map((record) => ledger.createPending(record)));
    return { ledger, records };
  };

  describe("listRequests", () => {
    it("is empty, without a cursor, when there is nothing", async () => {
      const ledger = await create();
      assert.deepEqual(await ledger.listRequests(undefined, { limit: 10, cursor: undefined }), {
        items: [],
        cursor: undefined,
      });
    });

    it("shows every waiting request exactly once, oldest first, whatever the page's size", async () => {
      const { ledger, records } = await waitingLedger(9);
      for (const limit of [1, 2, 4, 9, 1000]) {
        const { items, sizes } = await allPages((page) => ledger.listRequests("Pending", page), limit);
        assert.ok(sizes.every((size) => size <= limit));
        assertSameItems(items, records, nameOf);
        const ages = items.map(({ createdAt }) => createdAt.getTime());
        assert.deepEqual(ages, ages.toSorted());
      }
    });

    it("shows decided and reserved requests too, until they are signed, void or revoked", async () => {
      const { ledger, records } = await waitingLedger(7);
      const [pending, approved, denied, reserved, issued, voided, revoked] = records.map(nameOf);
      await ledger.decide(approved ?? "", decision());
      await ledger.decide(denied ?? "", decision({ outcome: "Denied" }));
      for (const name of [reserved, issued]) await ledger.reserve(reservedRecord({ name: name ?? "" }));
      await ledger.complete(issued ?? "", completion());
      await ledger.void(voided ?? "", NOW);
      await ledger.revoke(revoked ?? "", { reason: "unspecified", by: "ada", at: NOW });
      const expected = [
        { state: undefined, names: [pending, approved, denied, reserved] },
        { state: "Pending", names: [pending] },
        { state: "Approved", names: [approved] },
        { state: "Denied", names: [denied] },
        { state: "Reserved", names: [reserved] },
        { state: "Issued", names: [] },
        { state: "Voided", names: [] },
        { state: "Revoked", names: [] },
      ] as const;
      for (const { state, names } of expected) {
        for (const limit of [2, 100]) {
          const { items } = await allPages((page) => ledger.listRequests(state, page), limit);
          assert.deepEqual(items.map(nameOf).toSorted(), names.toSorted(), `in state ${state ?? "any"}`);
        }
      }
    });

    it("shows what an administrator approved when it is signed, newest first, whatever becomes of it", async () => {
      const { ledger, records } = await waitingLedger(6);
      const names = records.map(nameOf);
      for (const name of names) {
        await ledger.decide(name, decision());
        await ledger.reserve(reservedRecord({ name }));
        await ledger.complete(name, completion(), { wasDecided: true });
      }
      const [issued, other, voided, revoked, both, last] = names;
      assert.equal(await ledger.void(voided ?? "", NOW), true);
      await ledger.revoke(revoked ?? "", { reason: "unspecified", by: "ada", at: NOW });
      await ledger.void(both ?? "", NOW);
      assert.ok((await ledger.revoke(both ?? "", { reason: "unspecified", by: "ada", at: NOW }))?.revocation);
      const listed = async (state: "Issued" | "Voided" | "Revoked") =>
        (await allPages((page) => ledger.listRequests(state, page), 2)).items.map(nameOf);
      assert.deepEqual((await listed("Issued")).toSorted(), [issued, other, last].toSorted());
      assert.equal((await listed("Issued"))[0], last, "the one that was asked for last");
      assert.deepEqual(await listed("Voided"), [voided]);
      assert.deepEqual((await listed("Revoked")).toSorted(), [revoked, both].toSorted());
      assert.deepEqual((await ledger.listRequests(undefined, { limit: 10, cursor: undefined })).items, []);
    });

    it("does not show what policy approved at once: that never waited", async () => {
      const ledger = await create();
      await ledger.reserve(reservedRecord());
      assert.deepEqual((await ledger.listRequests(undefined, { limit: 10, cursor: undefined })).items, []);
    });

    it("keeps a request's place in the list when it is reserved later", async () => {
      const { ledger, records } = await waitingLedger(3);
      const last = records[2];
      assert.ok(last);
      await ledger.reserve({ ...last, createdAt: minutesLater(-60), reservation: reservation() });
      const { items } = await allPages((page) => ledger.listRequests(undefined, page), 1);
      assert.equal(items.at(-1)?.name, last.name);
    });

    it("takes no cursor that is none of its own", async () => {
      const { ledger } = await waitingLedger(3);
      const { cursor } = await ledger.listRequests("Pending", { limit: 1, cursor: undefined });
      await assertRefusesCursors((page) => ledger.listRequests("Pending", page), [withLongId(cursor)]);
    });
  });
}

function listByHolderContract(create: Create): void {
  const holders = [
    {
      by: "node",
      filter: { ...SEASON, nodeName: "node-7" },
      mine: { nodeName: "node-7" },
      other: { nodeName: "node-70" },
    },
    {
      by: "token",
      filter: { ...SEASON, tokenId: "token7" },
      mine: { tokenId: "token7" },
      other: { tokenId: "token8" },
    },
  ] as const;
  for (const { by, filter, mine, other } of holders) {
    describe(`listCertificates by ${by}`, () => {
      it(`shows the ${by}'s certificates exactly once, newest first, and nobody else's`, async () => {
        const ledger = await create();
        const records = Array.from({ length: 7 }, (_, index) =>
          issuedRecord({ ...mine, createdAt: minutesLater(-index) }, { at: minutesLater(Math.floor(index / 2)) }),
        );
        await issueAll(ledger, [...records, issuedRecord(other)]);
        await ledger.createPending(issuanceRecord(mine));
        for (const limit of [1, 2, 3, 1000]) {
          const { items } = await allPages((page) => ledger.listCertificates(filter, page), limit);
          assertSameItems(items, records, nameOf);
          const ages = items.map((item) => item.reservation?.at.getTime() ?? 0);
          assert.deepEqual(
            ages,
            ages.toSorted((one, another) => another - one),
          );
        }
      });

      it("shows a request from its signature on, and what became of it after", async () => {
        const ledger = await create();
        const { name } = await ledger.createPending(issuanceRecord(mine));
        const shown = async () => (await ledger.listCertificates(filter, { limit: 5, cursor: undefined })).items;
        assert.deepEqual(await shown(), []);
        await ledger.reserve(reservedRecord({ ...mine, name }));
        assert.deepEqual(await shown(), []);
        await ledger.complete(name, completion());
        assert.equal((await shown())[0]?.name, name);
        await ledger.void(name, NOW);
        assert.deepEqual(await shown(), [await ledger.read(name)]);
      });

      it("narrows by expiry and days as well", async () => {
        const ledger = await create();
        const days = [-31, -30, 3, 4, 75, 76];
        const records = days.map((day) => issuedRecord(mine, { notAfter: daysLater(day) }));
        await issueAll(ledger, records);
        const shown = async (narrower: Partial<CertificateFilter>) => {
          const { items } = await allPages((page) => ledger.listCertificates({ ...filter, ...narrower }, page), 2);
          return items
            .map((item) => days[records.findIndex(({ name }) => name === item.name)])
            .toSorted((a = 0, b = 0) => a - b);
        };
        assert.deepEqual(await shown({}), [-30, 3, 4, 75]);
        assert.deepEqual(await shown({ expiresBefore: daysLater(4) }), [-30, 3]);
        assert.deepEqual(await shown({ expiresFrom: daysLater(0), expiresUntil: daysLater(74) }), [3, 4]);
      });

      it("takes no cursor of another list, or of the same list of another", async () => {
        const ledger = await create();
        await issueAll(
          ledger,
          [0, 1, 2].flatMap(() => [issuedRecord(mine), issuedRecord(other)]),
        );
        const foreign = [{ ...SEASON }, { ...SEASON, ...other }];
        const pages = await Promise.all(
          foreign.map((one) => ledger.listCertificates(one, { limit: 1, cursor: undefined })),
        );
        const cursors = pages.flatMap(({ cursor }) => cursor ?? []);
        assert.equal(cursors.length, 2);
        await assertRefusesCursors((page) => ledger.listCertificates(filter, page), cursors);
      });
    });
  }

  it("combines node and token", async () => {
    const ledger = await create();
    const both = issuedRecord({ nodeName: "node-7", tokenId: "token7" });
    await issueAll(ledger, [both, issuedRecord({ nodeName: "node-7" }), issuedRecord({ tokenId: "token7" })]);
    const filter = { ...SEASON, nodeName: "node-7", tokenId: "token7" };
    const { items } = await allPages((page) => ledger.listCertificates(filter, page), 10);
    assert.deepEqual(items, [both]);
  });
}
