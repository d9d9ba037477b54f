import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { stateOf, type IssuanceRecord, type Reservation } from "../../../core/ledger/issuance-record.ts";
import type { IssuanceLedger } from "../../../core/ledger/issuance-ledger.ts";
import {
  decision,
  issuanceRecord,
  minutesLater,
  NOW,
  randomIntentName,
  randomOctets,
  reservation,
  reservedRecord,
} from "../../support/stored-records.ts";

type Create = () => Promise<IssuanceLedger>;

const DENIED = decision({ outcome: "Denied", by: "ada", reason: "Unknown machine", message: "call the “desk” 机" });

/** What `IssuanceLedger` says of a record up to its signature, every sentence as a test. `create` gives an empty ledger. */
export function issuanceReservationContract(create: Create): void {
  describe("IssuanceLedger, until there is a signature", () => {
    readContract(create);
    createPendingContract(create);
    reserveContract(create);
    countAttemptContract(create);
  });
}

const RECORDS: readonly { why: string; changes: Partial<IssuanceRecord> }[] = [
  { why: "an enrolment", changes: {} },
  {
    why: "a renewal",
    changes: {
      tokenId: undefined,
      username: "system:node:node-1",
      groups: ["system:authenticated", "system:nodes"],
      lifetimeSeconds: undefined,
    },
  },
  {
    why: "empty lists and texts",
    changes: { groups: [], usages: [], username: "", policyVersion: "", csr: randomOctets(0) },
  },
  {
    why: "texts that look like codes",
    changes: { groups: ["~nodes", "~~", "~", "~unknown"], usages: ["~sign"], signerName: "~client" },
  },
  {
    why: "all of Unicode",
    changes: { username: "größer 机架 🗄️ \u0000\uffff", nodeName: "ß机", groups: ["\u{10ffff}"] },
  },
  { why: "a username that looks like a code", changes: { username: "~node" } },
  { why: "a node that asks with a token", changes: { username: "system:node:node-1" } },
  { why: "another node's username", changes: { username: "system:node:node-2" } },
  { why: "a username like a token's, without one", changes: { username: "system:bootstrap:", tokenId: undefined } },
  { why: "a uid that is no UUID", changes: { uid: "42" } },
  { why: "a uid in capitals", changes: { uid: "9B2D3A80-0F0B-4D3E-9F5B-1C1B2E3D4F50" } },
  { why: "the greatest CSR", changes: { csr: randomOctets(8192) } },
  { why: "a hundred groups", changes: { groups: Array.from({ length: 100 }, (_, index) => `group-${index}`) } },
];

function readContract(create: Create): void {
  describe("read and readMany", () => {
    for (const name of ["csr-absent", "", "x".repeat(5000), "\ud800"]) {
      it(`know no record called ${JSON.stringify(name.slice(0, 10))}`, async () => {
        const ledger = await create();
        assert.equal(await ledger.read(name), undefined);
        assert.deepEqual(await ledger.readMany([name]), new Map());
      });
    }

    it("give out copies", async () => {
      const ledger = await create();
      const record = reservedRecord();
      const expected = structuredClone(record);
      await ledger.reserve(record);
      record.csr.fill(0);
      (await ledger.read(record.name))?.reservation?.tbsCertificate.fill(0);
      assert.deepEqual(await ledger.read(record.name), expected);
    });

    it("find many by name, those that are there, each asked for once or twice", async () => {
      const ledger = await create();
      const records = Array.from({ length: 120 }, () => reservedRecord());
      await Promise.all(records.map((record) => ledger.reserve(record)));
      const names = records.map(({ name }) => name);
      const found = await ledger.readMany([...names, "csr-absent", names[0] ?? "", names[119] ?? ""]);
      assert.equal(found.size, 120);
      for (const record of records) assert.deepEqual(found.get(record.name), record);
    });

    it("find nothing for no names", async () => {
      assert.deepEqual(await (await create()).readMany([]), new Map());
    });
  });
}

function createPendingContract(create: Create): void {
  describe("createPending", () => {
    for (const { why, changes } of RECORDS) {
      it(`keeps ${why}`, async () => {
        const ledger = await create();
        const record = issuanceRecord(changes);
        assert.deepEqual(await ledger.createPending(record), record);
        assert.deepEqual(await ledger.read(record.name), record);
        assert.equal(stateOf(record), "Pending");
      });
    }

    it("resolves to what is stored, if there is a record of this name", async () => {
      const ledger = await create();
      const first = issuanceRecord();
      await ledger.createPending(first);
      assert.deepEqual(await ledger.createPending(issuanceRecord({ name: first.name })), first);
      assert.deepEqual(await ledger.read(first.name), first);
      const reserved = reservedRecord();
      await ledger.reserve(reserved);
      assert.deepEqual(await ledger.createPending(issuanceRecord({ name: reserved.name })), reserved);
    });

    it("records one of many at once, and tells all of them which", async () => {
      const ledger = await create();
      const name = randomIntentName();
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => ledger.createPending(issuanceRecord({ name }))),
      );
      for (const answer of answers) assert.deepEqual(answer, answers[0]);
    });
  });
}

function reserveContract(create: Create): void {
  describe("reserve", () => {
    for (const { why, changes } of RECORDS) {
      it(`keeps ${why}`, async () => {
        const ledger = await create();
        const record = reservedRecord(changes);
        assert.deepEqual(await ledger.reserve(record), record);
        assert.deepEqual(await ledger.read(record.name), record);
        assert.equal(stateOf(record), "Reserved");
      });
    }

    it("keeps a serial number that begins with any digit, and a validity to the end of time", async () => {
      const ledger = await create();
      for (const digit of "123456789abcdef") {
        const serialNumber = `${digit}${reservation().serialNumber.slice(1)}` as Reservation["serialNumber"];
        const record = reservedRecord({}, { serialNumber, notAfter: new Date("9999-12-31T23:59:59Z") });
        assert.deepEqual(await ledger.reserve(record), record);
      }
    });

    it("keeps a CSR that shares most of its octets with the TBSCertificate", async () => {
      const ledger = await create();
      const tbsCertificate = randomOctets(600);
      const csr = Uint8Array.from([...randomOctets(20), ...tbsCertificate.subarray(100, 400), ...randomOctets(75)]);
      const record = reservedRecord({ csr }, { tbsCertificate });
      await ledger.reserve(record);
      assert.deepEqual(await ledger.read(record.name), record);
    });

    it("lets the first reservation stay, whoever asks again", async () => {
      const ledger = await create();
      const first = reservedRecord();
      await ledger.reserve(first);
      assert.deepEqual(await ledger.reserve(reservedRecord({ name: first.name })), first);
      assert.deepEqual(await ledger.read(first.name), first);
    });

    it("gives one serial number to 50 that reserve one name at once", async () => {
      const ledger = await create();
      const name = randomIntentName();
      const answers = await Promise.all(Array.from({ length: 50 }, () => ledger.reserve(reservedRecord({ name }))));
      const serialNumbers = new Set(answers.map((answer) => answer.reservation?.serialNumber));
      assert.equal(serialNumbers.size, 1);
      assert.deepEqual(await ledger.read(name), answers[0]);
    });

    it("completes a waiting request's record: first uid and creation, an administrator's decision, the reserver's rest", async () => {
      const ledger = await create();
      const waiting = issuanceRecord({ lifetimeSeconds: 7200, policyVersion: "default-1" });
      const approved = decision({ by: "ada", reason: "ok", message: "checked" });
      await ledger.createPending(waiting);
      await ledger.decide(waiting.name, approved);
      const reserving = reservedRecord({
        name: waiting.name,
        createdAt: minutesLater(9),
        lifetimeSeconds: undefined,
        policyVersion: "custom-2",
        groups: [],
      });
      const expected = { ...reserving, uid: waiting.uid, createdAt: waiting.createdAt, decision: approved };
      assert.deepEqual(await ledger.reserve(reserving), expected);
      assert.deepEqual(await ledger.read(waiting.name), expected);
    });

    it("brings its own decision to a waiting request that policy has come to approve", async () => {
      const ledger = await create();
      const waiting = issuanceRecord();
      await ledger.createPending(waiting);
      const reserving = { ...waiting, decision: decision(), reservation: reservation() };
      assert.deepEqual(await ledger.reserve(reserving), reserving);
    });

    it("reserves nothing for a denied request", async () => {
      const ledger = await create();
      const waiting = issuanceRecord();
      await ledger.createPending(waiting);
      await ledger.decide(waiting.name, DENIED);
      assert.deepEqual(await ledger.reserve(reservedRecord({ name: waiting.name })), { ...waiting, decision: DENIED });
    });

    it("reserves nothing for a void request", async () => {
      const ledger = await create();
      const waiting = issuanceRecord();
      await ledger.createPending(waiting);
      await ledger.void(waiting.name, NOW);
      assert.deepEqual(await ledger.reserve(reservedRecord({ name: waiting.name })), { ...waiting, voidedAt: NOW });
    });

    it("lets either a denial or a reservation win, never both", async () => {
      const ledger = await create();
      for (let round = 0; round < 10; round++) {
        const waiting = issuanceRecord();
        await ledger.createPending(waiting);
        await Promise.all([
          ledger.reserve({ ...waiting, reservation: reservation() }),
          ledger.decide(waiting.name, DENIED),
        ]);
        const stored = await ledger.read(waiting.name);
        assert.equal((stored?.decision === undefined) !== (stored?.reservation === undefined), true);
      }
    });

    it("complains about a record without a reservation", async () => {
      const ledger = await create();
      await assert.rejects(ledger.reserve(issuanceRecord()), /nothing is reserved/);
    });
  });
}

function countAttemptContract(create: Create): void {
  describe("countAttempt", () => {
    it("counts every one of many at once", async () => {
      const ledger = await create();
      const record = reservedRecord({ isUseKept: true });
      await ledger.reserve(record);
      await Promise.all(Array.from({ length: 20 }, () => ledger.countAttempt(record.name, NOW)));
      const expected = { ...record, reservation: { ...record.reservation, attempts: 21 } };
      assert.deepEqual(await ledger.read(record.name), expected);
    });

    it("complains where nothing is reserved, and leaves nothing", async () => {
      const ledger = await create();
      await assert.rejects(ledger.countAttempt("csr-absent", NOW), /nothing is reserved under the name csr-absent/);
      assert.equal(await ledger.read("csr-absent"), undefined);
      const waiting = await ledger.createPending(issuanceRecord());
      await assert.rejects(ledger.countAttempt(waiting.name, NOW), /nothing is reserved/);
      assert.deepEqual(await ledger.read(waiting.name), waiting);
    });
  });
}
