import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Revocation } from "../../../core/ledger/issuance-record.ts";
import type { ObjectLedger } from "../../../core/ledger/object-ledger.ts";
import type { IssuanceLedger } from "../../../core/ledger/issuance-ledger.ts";
import type { RevocationLedger } from "../../../core/revocation/revocation-ledger.ts";
import { allPages, assertRefusesCursors } from "../../support/paged-lists.ts";
import {
  completion,
  issuanceRecord,
  minutesLater,
  randomIntentName,
  reservedRecord,
} from "../../support/stored-records.ts";

type Ledger = IssuanceLedger & ObjectLedger & RevocationLedger;

const revocation = (minutes: number, changes: Partial<Revocation> = {}): Revocation => ({
  reason: "keyCompromise",
  by: "arn:aws:iam::123456789012:user/ada",
  at: minutesLater(minutes),
  ...changes,
});

const listed = async (ledger: Ledger, issuerId = "issuing-g1") =>
  (await ledger.listRevoked(issuerId, { limit: 1000, cursor: undefined })).items;

async function issued(ledger: Ledger, issuerId = "issuing-g1") {
  const record = reservedRecord({}, { issuerId });
  await ledger.reserve(record);
  await ledger.complete(record.name, completion());
  const { serialNumber, notAfter } = record.reservation;
  return { name: record.name, serialNumber, notAfter };
}

/** Every sentence of `RevocationLedger` as a test. `create` gives an empty ledger. */
export function revocationLedgerContract(create: () => Promise<Ledger>): void {
  describe("RevocationLedger", () => {
    it("lists nothing that stands", async () => {
      const ledger = await create();
      await issued(ledger);
      await ledger.reserve(reservedRecord());
      await ledger.createPending(issuanceRecord());
      assert.deepEqual(await listed(ledger), []);
    });

    it("lists what was revoked, by its CA, with the first reason and time", async () => {
      const ledger = await create();
      const [{ name, ...certificate }] = [await issued(ledger), await issued(ledger, "issuing-g2")];
      await ledger.revoke(name, revocation(5));
      await ledger.revoke(name, revocation(9, { reason: "superseded" }));
      const expected = [{ ...certificate, revokedAt: minutesLater(5), reason: "keyCompromise" }];
      assert.deepEqual([await listed(ledger), await listed(ledger, "issuing-g2")], [expected, []]);
    });

    it("lists what became void after it was signed, or could have been, as superseded", async () => {
      const ledger = await create();
      const { name, ...complete } = await issued(ledger);
      const signing = reservedRecord();
      const abandoned = reservedRecord({ name: `csr-k8s${randomIntentName().slice(3)}` });
      for (const record of [signing, abandoned]) await ledger.reserve(record);
      await ledger.void(name, minutesLater(3));
      await ledger.void(signing.name, minutesLater(4));
      await ledger.abandon(abandoned.name, minutesLater(5));
      assert.deepEqual(
        await listed(ledger),
        [complete, signing.reservation, abandoned.reservation].map(({ serialNumber, notAfter }, index) => ({
          ...{ serialNumber, notAfter, revokedAt: minutesLater(3 + index), reason: "superseded", isDisplaced: true },
        })),
      );
    });

    it("lists what was void and is then revoked once, with the revocation's reason", async () => {
      const ledger = await create();
      const { name, ...certificate } = await issued(ledger);
      await ledger.void(name, minutesLater(3));
      await ledger.revoke(name, revocation(5));
      assert.deepEqual(await listed(ledger), [{ ...certificate, revokedAt: minutesLater(5), reason: "keyCompromise" }]);
    });

    it("lists a request that was revoked before it was reserved", async () => {
      const ledger = await create();
      const record = reservedRecord();
      await ledger.createPending({ ...issuanceRecord(), name: record.name });
      await ledger.revoke(record.name, revocation(1));
      assert.deepEqual(await listed(ledger), []);
      await ledger.reserve(record);
      assert.deepEqual(
        (await listed(ledger)).map(({ serialNumber }) => serialNumber),
        [record.reservation.serialNumber],
      );
    });

    it("lists nothing without a certificate", async () => {
      const ledger = await create();
      const pending = issuanceRecord();
      await ledger.createPending(pending);
      await ledger.void(pending.name, minutesLater(1));
      await ledger.createVoid({ ...issuanceRecord(), voidedAt: minutesLater(1) });
      assert.deepEqual(await listed(ledger), []);
    });

    it("shows each once and in order, whatever the page's size, of one instant too", async () => {
      const ledger = await create();
      const serialNumbers: string[] = [];
      for (const minutes of [1, 2, 2, 2, 3, 4, 5]) {
        const { name, serialNumber } = await issued(ledger);
        await ledger.revoke(name, revocation(minutes));
        serialNumbers.push(serialNumber);
      }
      for (const limit of [1, 2, 3, 7, 1000]) {
        const { items, sizes } = await allPages((page) => ledger.listRevoked("issuing-g1", page), limit);
        assert.ok(sizes.every((size) => size <= limit));
        assert.deepEqual(
          items.map(({ revokedAt }) => revokedAt),
          [1, 2, 2, 2, 3, 4, 5].map(minutesLater),
        );
        assert.deepEqual(new Set(items.map(({ serialNumber }) => serialNumber)), new Set(serialNumbers));
      }
      for (const limit of [1, 3, 1000]) {
        const { items } = await allPages((page) => ledger.listRevoked("issuing-g1", page, minutesLater(3)), limit);
        assert.deepEqual(
          items.map(({ revokedAt }) => revokedAt),
          [3, 4, 5].map(minutesLater),
        );
      }
      const { cursor = "" } = await ledger.listRevoked("issuing-g1", { limit: 1, cursor: undefined });
      await assertRefusesCursors((page) => ledger.listRevoked("issuing-g2", page), [cursor]);
    });
  });
}
