import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { IssuanceRecord } from "../../../core/ledger/issuance-record.ts";
import type { CertificateFilter, IssuanceLedger } from "../../../core/ledger/issuance-ledger.ts";
import { randomSerialNumber, type SerialNumber } from "../../../core/certificate/serial-number.ts";
import { allPages, assertRefusesCursors } from "../../support/paged-lists.ts";
import {
  daysLater,
  issuanceRecord,
  issueAll,
  issuedRecord,
  NOW,
  reservedRecord,
  type IssuedRecord,
} from "../../support/stored-records.ts";

type Create = () => Promise<IssuanceLedger>;

const SEASON: CertificateFilter = { expiresFrom: daysLater(-8), expiresUntil: daysLater(35) };

const nameOf = ({ name }: IssuanceRecord): string => name;

/** What `IssuanceLedger` says of certificates by expiry, every sentence as a test. `create` gives an empty ledger. */
export function issuanceExpiryContract(create: Create): void {
  describe("IssuanceLedger, certificates by expiry", () => {
    listByExpiryContract(create);
    findContract(create);
  });
}

function listByExpiryContract(create: Create): void {
  /** Serial numbers of every first digit, over days near and far: with more empty ones between than are looked at together. */
  const scattered = (): IssuedRecord[] =>
    [0, 0, 0, 1, 2, 28, 29, 30, 31, 34, 35, -1, -8].flatMap((day) =>
      [0, 1, 2].map(() => issuedRecord({}, { notAfter: daysLater(day) })),
    );
  const sortKey = ({ reservation: reserved }: IssuanceRecord): string =>
    `${reserved?.notAfter.toISOString().slice(0, 10) ?? ""} ${reserved?.serialNumber ?? ""}`;
  const inOrder = (records: readonly IssuedRecord[]): IssuedRecord[] =>
    records.toSorted((one, other) => (sortKey(one) < sortKey(other) ? -1 : 1));

  describe("listCertificates by expiry", () => {
    it("crosses more empty days than one page looks at, in few pages, and then ends", async () => {
      const ledger = await create();
      const records = [0, 250].map((day) => issuedRecord({}, { notAfter: daysLater(day) }));
      await issueAll(ledger, records);
      const filter = { expiresFrom: NOW, expiresUntil: daysLater(255) };
      const { items, sizes } = await allPages((page) => ledger.listCertificates(filter, page), 10);
      assert.deepEqual(items, records);
      assert.ok(sizes.length <= 5);
    });

    it("shows every certificate exactly once, by day and serial number, whatever the page's size", async () => {
      const ledger = await create();
      const records = scattered();
      await issueAll(ledger, records);
      for (const limit of [7, 38, 39, 1000]) {
        const { items, sizes } = await allPages((page) => ledger.listCertificates(SEASON, page), limit);
        assert.ok(sizes.every((size) => size <= limit));
        assert.deepEqual(items.map(nameOf), inOrder(records).map(nameOf), `with pages of ${limit}`);
      }
    });

    it("looks at no day before or after those asked for, and at nothing that expires at the given time or later", async () => {
      const ledger = await create();
      const records = scattered();
      await issueAll(ledger, records);
      const filters = [
        { filter: { expiresFrom: daysLater(1), expiresUntil: daysLater(34) }, days: [1, 2, 28, 29, 30, 31, 34] },
        { filter: { expiresFrom: daysLater(0), expiresUntil: daysLater(0) }, days: [0] },
        { filter: { ...SEASON, expiresBefore: daysLater(2) }, days: [-8, -1, 0, 1] },
        { filter: { ...SEASON, expiresBefore: new Date(daysLater(2).getTime() + 1) }, days: [-8, -1, 0, 1, 2] },
        {
          filter: { ...SEASON, expiresBefore: daysLater(9999) },
          days: [-8, -1, 0, 1, 2, 28, 29, 30, 31, 34, 35],
        },
        { filter: { expiresFrom: daysLater(2), expiresUntil: daysLater(1) }, days: [] },
      ];
      for (const { filter, days } of filters) {
        const { items } = await allPages((page) => ledger.listCertificates(filter, page), 4);
        const expected = inOrder(records).filter(({ reservation: reserved }) =>
          days.some((day) => daysLater(day).getTime() === reserved.notAfter.getTime()),
        );
        assert.deepEqual(items, expected);
      }
    });

    it("shows what was signed only", async () => {
      const ledger = await create();
      await ledger.createPending(issuanceRecord());
      await ledger.reserve(reservedRecord());
      const { items } = await allPages((page) => ledger.listCertificates(SEASON, page), 10);
      assert.deepEqual(items, []);
    });

    it("goes on where it was, while certificates come and days go by", async () => {
      const ledger = await create();
      const records = inOrder(
        [0, 1, 2, 3].flatMap((day) => [0, 1].map(() => issuedRecord({}, { notAfter: daysLater(day) }))),
      );
      await issueAll(ledger, records);
      const { items, cursor } = await ledger.listCertificates(SEASON, { limit: 5, cursor: undefined });
      assert.deepEqual(items, records.slice(0, 5));
      await issueAll(ledger, [issuedRecord({}, { notAfter: daysLater(0) })]);
      const nextDay = { ...SEASON, expiresFrom: daysLater(3) };
      const rest = await allPages(
        (page) => ledger.listCertificates(nextDay, { ...page, cursor: page.cursor ?? cursor }),
        5,
      );
      assert.deepEqual(rest.items, records.slice(6));
    });

    it("takes no cursor that is none of its own", async () => {
      const ledger = await create();
      await issueAll(
        ledger,
        [0, 1].map(() => issuedRecord({ nodeName: "node-7" })),
      );
      const { cursor } = await ledger.listCertificates(
        { ...SEASON, nodeName: "node-7" },
        { limit: 1, cursor: undefined },
      );
      assert.ok(cursor);
      await assertRefusesCursors((page) => ledger.listCertificates(SEASON, page), [cursor]);
    });
  });
}

function findContract(create: Create): void {
  describe("findBySerialNumber", () => {
    it("finds each certificate by its serial number, whenever it expires within the days asked for", async () => {
      const ledger = await create();
      const records = [-8, -6, -5, 0, 35].map((day) => issuedRecord({}, { notAfter: daysLater(day) }));
      await issueAll(ledger, records);
      for (const record of records) {
        assert.deepEqual(await ledger.findBySerialNumber(record.reservation.serialNumber, SEASON), record);
      }
    });

    it("tells serial numbers apart that differ in one digit", async () => {
      const ledger = await create();
      const record = issuedRecord({}, { serialNumber: "7f00000000000000000000000000000a" as SerialNumber });
      await issueAll(ledger, [record]);
      for (const digits of ["7f00000000000000000000000000000b", "8f00000000000000000000000000000a"]) {
        assert.equal(await ledger.findBySerialNumber(digits as SerialNumber, SEASON), undefined);
      }
    });

    it("finds nothing outside the days or of another holder, and nothing unknown", async () => {
      const ledger = await create();
      const { reservation: reserved } = issuedRecord();
      await issueAll(ledger, [issuedRecord({}, reserved)]);
      const { serialNumber } = reserved;
      const narrow: readonly CertificateFilter[] = [
        { expiresFrom: daysLater(8), expiresUntil: daysLater(20) },
        { expiresFrom: daysLater(-7), expiresUntil: daysLater(6) },
        { ...SEASON, nodeName: "another" },
        { ...SEASON, tokenId: "another" },
        { ...SEASON, expiresBefore: daysLater(7) },
      ];
      for (const filter of narrow) assert.equal(await ledger.findBySerialNumber(serialNumber, filter), undefined);
      assert.equal(await ledger.findBySerialNumber(randomSerialNumber(), SEASON), undefined);
    });

    it("finds what the record has come to", async () => {
      const ledger = await create();
      const record = issuedRecord();
      await issueAll(ledger, [record]);
      await ledger.void(record.name, NOW);
      const stored = await ledger.read(record.name);
      assert.equal(stored?.voidedAt?.getTime(), NOW.getTime());
      assert.deepEqual(await ledger.findBySerialNumber(record.reservation.serialNumber, SEASON), stored);
    });

    it("finds nothing that was reserved and never signed, until it is", async () => {
      const ledger = await create();
      const { completion: signed, ...reserved } = issuedRecord();
      await ledger.reserve(reserved);
      const { serialNumber } = reserved.reservation;
      assert.equal(await ledger.findBySerialNumber(serialNumber, SEASON), undefined);
      const completed = await ledger.complete(reserved.name, signed);
      assert.deepEqual(await ledger.findBySerialNumber(serialNumber, SEASON), completed);
    });
  });
}
