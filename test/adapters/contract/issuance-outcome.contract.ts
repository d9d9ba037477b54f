import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { stateOf } from "../../../core/ledger/issuance-record.ts";
import type { IssuanceLedger } from "../../../core/ledger/issuance-ledger.ts";
import type { VoidRecord } from "../../../core/ledger/void-intent.ts";
import {
  completion,
  daysLater,
  decision,
  issuanceRecord,
  minutesLater,
  NOW,
  reservedRecord,
} from "../../support/stored-records.ts";

type Create = () => Promise<IssuanceLedger>;

const REVOCATION = { reason: "keyCompromise", by: "arn:aws:iam::123456789012:user/ada", at: NOW } as const;
const DENIED = decision({ outcome: "Denied", by: "ada", reason: "Unknown machine", message: "call the “desk” 机" });

/** What `IssuanceLedger` says of what a record comes to, every sentence as a test. `create` gives an empty ledger. */
export function issuanceOutcomeContract(create: Create): void {
  describe("IssuanceLedger, what becomes of a record", () => {
    decideContract(create);
    completeContract(create);
    voidContract(create);
    revokeContract(create);
  });
}

function completeContract(create: Create): void {
  describe("complete", () => {
    it("stores the signature beside the reservation", async () => {
      const ledger = await create();
      const record = reservedRecord();
      await ledger.reserve(record);
      const expected = { ...record, completion: completion() };
      assert.deepEqual(await ledger.complete(record.name, expected.completion), expected);
      assert.deepEqual(await ledger.read(record.name), expected);
      assert.equal(stateOf(expected), "Issued");
    });

    for (const requestId of ["8d0b35e0-46cf-48b9-be99-bf2ebc9ab9fb", "not-a-uuid"]) {
      it(`keeps the request ${requestId} that made the signature`, async () => {
        const ledger = await create();
        const record = reservedRecord();
        await ledger.reserve(record);
        const expected = { ...record, completion: completion({ requestId }) };
        assert.deepEqual(await ledger.complete(record.name, expected.completion), expected);
        assert.deepEqual(await ledger.read(record.name), expected);
      });
    }

    it("lets the first signature win, and tells the second", async () => {
      const ledger = await create();
      const record = reservedRecord();
      await ledger.reserve(record);
      const first = await ledger.complete(record.name, completion());
      assert.deepEqual(await ledger.complete(record.name, completion({ at: minutesLater(2) })), first);
    });

    it("lets one of 50 signatures win, and tells all 50 which", async () => {
      const ledger = await create();
      const record = reservedRecord();
      await ledger.reserve(record);
      const answers = await Promise.all(Array.from({ length: 50 }, () => ledger.complete(record.name, completion())));
      const stored = await ledger.read(record.name);
      for (const answer of answers) assert.deepEqual(answer, stored);
    });

    it("takes no signature for a void record", async () => {
      const ledger = await create();
      const record = reservedRecord();
      await ledger.reserve(record);
      await ledger.void(record.name, NOW);
      assert.deepEqual(await ledger.complete(record.name, completion()), { ...record, voidedAt: NOW });
    });

    it("takes a signature that was under way when the certificate was revoked", async () => {
      const ledger = await create();
      const record = reservedRecord();
      await ledger.reserve(record);
      await ledger.revoke(record.name, REVOCATION);
      const completed = await ledger.complete(record.name, completion());
      assert.equal(stateOf(completed), "Revoked");
      assert.notEqual(completed.completion, undefined);
    });

    it("complains where nothing is reserved, and leaves nothing", async () => {
      const ledger = await create();
      await assert.rejects(ledger.complete("csr-absent", completion()), /nothing is reserved/);
      assert.equal(await ledger.read("csr-absent"), undefined);
      const waiting = await ledger.createPending(issuanceRecord());
      await assert.rejects(ledger.complete(waiting.name, completion()), /nothing is reserved/);
      assert.deepEqual(await ledger.read(waiting.name), waiting);
    });
  });
}

function voidRecord(name: string): VoidRecord {
  return {
    ...issuanceRecord({ name, usages: [], groups: [], username: "", csr: Uint8Array.of(5, 0) }),
    uid: "00000000-0000-4000-8000-000000000000",
    voidedAt: NOW,
  };
}

function voidContract(create: Create): void {
  describe("void", () => {
    it("makes a complete record revoked, keeping its signature; the first time stays", async () => {
      const ledger = await create();
      const record = reservedRecord();
      await ledger.reserve(record);
      const completed = await ledger.complete(record.name, completion());
      await ledger.void(record.name, NOW);
      await ledger.void(record.name, minutesLater(1));
      assert.deepEqual(await ledger.read(record.name), { ...completed, voidedAt: NOW });
    });

    it("lets either the void or the signature come first, and both know it", async () => {
      const ledger = await create();
      for (let round = 0; round < 20; round++) {
        const record = reservedRecord();
        await ledger.reserve(record);
        const [completed] = await Promise.all([
          ledger.complete(record.name, completion()),
          ledger.void(record.name, NOW),
        ]);
        const stored = await ledger.read(record.name);
        assert.deepEqual(stored?.voidedAt, NOW);
        assert.deepEqual(stored.completion, completed.completion);
      }
    });

    it("does nothing without such a record, and says so", async () => {
      const ledger = await create();
      assert.equal(await ledger.void("csr-absent", NOW), false);
      assert.equal(await ledger.read("csr-absent"), undefined);
    });
  });

  describe("createVoid", () => {
    it("keeps what is given, and nothing is reserved, completed or decided under its name", async () => {
      const ledger = await create();
      const record = reservedRecord();
      assert.equal(await ledger.createVoid(voidRecord(record.name)), true);
      assert.deepEqual(await ledger.read(record.name), voidRecord(record.name));
      assert.deepEqual(await ledger.reserve(record), voidRecord(record.name));
      assert.deepEqual(await ledger.createPending(record), voidRecord(record.name));
      assert.deepEqual(await ledger.complete(record.name, completion()), voidRecord(record.name));
      const { items } = await ledger.listRequests(undefined, { limit: 10, cursor: undefined });
      assert.deepEqual(items, [], "nobody is asked to approve it");
    });

    it("leaves a record alone", async () => {
      const ledger = await create();
      const stored = await ledger.reserve(reservedRecord());
      assert.equal(await ledger.createVoid(voidRecord(stored.name)), false);
      assert.deepEqual(await ledger.read(stored.name), stored);
    });

    it("or a reservation comes first, and both know it", async () => {
      const ledger = await create();
      for (let round = 0; round < 20; round++) {
        const record = reservedRecord();
        const [reserved, isVoid] = await Promise.all([
          ledger.reserve(record),
          ledger.createVoid(voidRecord(record.name)),
        ]);
        assert.equal(reserved.voidedAt !== undefined, isVoid);
      }
    });
  });
}

function decideContract(create: Create): void {
  describe("decide", () => {
    for (const verdict of [decision({ by: "ada", reason: "", message: "" }), DENIED]) {
      it(`records ${verdict.outcome} once: the first decision stays`, async () => {
        const ledger = await create();
        const waiting = await ledger.createPending(issuanceRecord());
        const decided = { ...waiting, decision: verdict };
        assert.deepEqual(await ledger.decide(waiting.name, verdict), decided);
        assert.deepEqual(await ledger.decide(waiting.name, DENIED), decided);
        assert.deepEqual(await ledger.decide(waiting.name, decision({ at: daysLater(1) })), decided);
        assert.deepEqual(await ledger.read(waiting.name), decided);
        assert.equal(stateOf(decided), verdict.outcome);
      });
    }

    it("records one of two decisions made at once, and tells both which", async () => {
      const ledger = await create();
      const waiting = await ledger.createPending(issuanceRecord());
      const [one, other] = await Promise.all([
        ledger.decide(waiting.name, decision()),
        ledger.decide(waiting.name, DENIED),
      ]);
      assert.notEqual(one, undefined);
      assert.deepEqual(one, other);
    });

    const closed: readonly { why: string; close: (ledger: IssuanceLedger, name: string) => Promise<unknown> }[] = [
      { why: "is reserved", close: (ledger, name) => ledger.reserve(reservedRecord({ name })) },
      { why: "is void", close: (ledger, name) => ledger.void(name, NOW) },
      { why: "is revoked", close: (ledger, name) => ledger.revoke(name, REVOCATION) },
    ];
    for (const { why, close } of closed) {
      it(`leaves a request that ${why} as it is`, async () => {
        const ledger = await create();
        const { name } = await ledger.createPending(issuanceRecord());
        await close(ledger, name);
        const before = await ledger.read(name);
        assert.deepEqual(await ledger.decide(name, DENIED), before);
        assert.deepEqual(await ledger.read(name), before);
      });
    }

    it("resolves to undefined for an unknown request, and does not make one", async () => {
      const ledger = await create();
      assert.equal(await ledger.decide("csr-absent", DENIED), undefined);
      assert.equal(await ledger.read("csr-absent"), undefined);
    });
  });
}

function revokeContract(create: Create): void {
  describe("revoke", () => {
    it("keeps the first revocation, whatever its record has come to", async () => {
      const ledger = await create();
      const record = reservedRecord();
      await ledger.reserve(record);
      const completed = await ledger.complete(record.name, completion());
      const revoked = { ...completed, revocation: REVOCATION };
      assert.deepEqual(await ledger.revoke(record.name, REVOCATION), revoked);
      const again = { ...REVOCATION, reason: "superseded", at: daysLater(1) } as const;
      assert.deepEqual(await ledger.revoke(record.name, again), revoked);
      assert.deepEqual(await ledger.read(record.name), revoked);
      assert.equal(stateOf(revoked), "Revoked");
    });

    it("resolves to undefined for an unknown record, and does not make one", async () => {
      const ledger = await create();
      assert.equal(await ledger.revoke("csr-absent", REVOCATION), undefined);
      assert.equal(await ledger.read("csr-absent"), undefined);
    });
  });
}
