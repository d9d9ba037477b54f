import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { IssuanceRecord } from "../../../core/ledger/issuance-record.ts";
import type { Requester } from "../../../core/ledger/object-ledger.ts";
import {
  completion,
  daysLater,
  issuanceRecord,
  minutesLater,
  NOW,
  reservedRecord,
} from "../../support/stored-records.ts";
import type { BothLedgers } from "./object-ledger.contract.ts";

const TOKEN: Requester = { username: "system:bootstrap:abcdef", tokenId: "abcdef" };
const NODE: Requester = { username: "system:node:node-1", tokenId: undefined };
const BY_NODE = { username: NODE.username, tokenId: undefined };
const FILTER = { expiresFrom: NOW, expiresUntil: daysLater(30) };

/** What every ledger does for a requester that asks what it asked for. */
export function ownedListContract(newLedger: () => Promise<BothLedgers>): void {
  describe("a requester's own requests", () => {
    const asked = (name: string, minutes: number, changes: Partial<IssuanceRecord> = {}): IssuanceRecord =>
      issuanceRecord({ name, createdAt: minutesLater(minutes), ...changes });
    const namesOf = async (ledger: BothLedgers, requester: Requester, since = minutesLater(-60)): Promise<string[]> => {
      const { items } = await ledger.listOwned(requester, since, { limit: 100, cursor: undefined });
      return items.map(({ name }) => name);
    };

    it("lists a token's and a node's, newest first, and nobody else's", async () => {
      const ledger = await newLedger();
      await ledger.createPending(asked("first", 0));
      await ledger.createPending(asked("second", 1));
      await ledger.createPending(asked("of-node", 2, BY_NODE));
      await ledger.createPending(asked("of-other", 3, { username: "system:bootstrap:zzzzzz", tokenId: "zzzzzz" }));
      await ledger.createPending(
        asked("of-ada", 4, { username: "arn:aws:iam::123456789012:user/ada", tokenId: undefined }),
      );
      assert.deepEqual(await namesOf(ledger, TOKEN), ["second", "first"]);
      assert.deepEqual(await namesOf(ledger, NODE), ["of-node"]);
    });

    it("lists what was asked for since a time", async () => {
      const ledger = await newLedger();
      for (let index = 0; index < 4; index++) await ledger.createPending(asked(`own-${index}`, index));
      assert.deepEqual(await namesOf(ledger, TOKEN, minutesLater(2)), ["own-3", "own-2"]);
    });

    it("keeps an object's place through its whole life, and the time of its reservation", async () => {
      const ledger = await newLedger();
      await ledger.createPending(asked("older", 0, BY_NODE));
      await ledger.createPending(asked("newer", 1, BY_NODE));
      const at = minutesLater(5);
      const reserved = await ledger.reserve(reservedRecord({ ...asked("older", 0, BY_NODE) }, { at }));
      assert.deepEqual([reserved.reservation?.at, reserved.tokenId, reserved.nodeName], [at, undefined, "node-1"]);
      await ledger.complete("older", completion());
      assert.deepEqual(await namesOf(ledger, NODE), ["newer", "older"]);
      assert.deepEqual((await ledger.read("older"))?.username, NODE.username);
    });

    it("puts nothing on the list of a node before it is signed: whoever asked chose its name", async () => {
      const ledger = await newLedger();
      for (const name of ["waits", "reserved", "certified"]) await ledger.createPending(asked(name, 0));
      for (const name of ["reserved", "certified"]) await ledger.reserve(reservedRecord(asked(name, 0)));
      const native = issuanceRecord();
      await ledger.createPending(native);
      await ledger.reserve(reservedRecord(native));
      const { nodeName } = await ledger.complete("certified", completion());
      assert.equal(nodeName, "node-1");
      const certificates = async (filter: object) =>
        (await ledger.listCertificates({ ...FILTER, ...filter }, { limit: 100, cursor: undefined })).items.map(
          ({ name }) => name,
        );
      assert.deepEqual(await certificates({ nodeName: "node-1" }), ["certified"]);
      assert.deepEqual(await certificates({ tokenId: "abcdef" }), ["certified"]);
    });

    it("lists what waits natively, and what a token was issued there", async () => {
      const ledger = await newLedger();
      const waiting = issuanceRecord({ ...BY_NODE });
      await ledger.createPending(waiting);
      assert.deepEqual(await namesOf(ledger, NODE), [waiting.name]);
      assert.equal((await ledger.read(waiting.name))?.tokenId, undefined);
      const issued = await ledger.reserve(reservedRecord());
      await ledger.complete(issued.name, completion());
      assert.deepEqual(await namesOf(ledger, TOKEN), [issued.name]);
    });

    it("pages, each once; a page that was begun by somebody else, or forged, holds nobody else's", async () => {
      const ledger = await newLedger();
      for (let index = 0; index < 5; index++) await ledger.createPending(asked(`own-${index}`, index));
      for (let index = 0; index < 5; index++) await ledger.createPending(asked(`other-${index}`, index, BY_NODE));
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await ledger.listOwned(TOKEN, minutesLater(-60), { limit: 2, cursor });
        seen.push(...page.items.map(({ name }) => name));
        cursor = page.cursor;
      } while (cursor !== undefined);
      assert.deepEqual(seen, ["own-4", "own-3", "own-2", "own-1", "own-0"]);

      const { cursor: foreign } = await ledger.listOwned(NODE, minutesLater(-60), { limit: 2, cursor: undefined });
      const brought = ledger.listOwned(TOKEN, minutesLater(-60), { limit: 5, cursor: foreign });
      await assert.rejects(brought, { code: "malformed_request" });
      const { cursor: own = "" } = await ledger.listOwned(TOKEN, minutesLater(-60), { limit: 2, cursor: undefined });
      const [list] = JSON.parse(Buffer.from(own, "base64url").toString()) as [string[]];
      for (const position of [
        [String(minutesLater(3).getTime()), "other-3"],
        [String(daysLater(-30).getTime()), "own-0"],
        [String(daysLater(30).getTime()), "own-9"],
      ]) {
        const forged = Buffer.from(JSON.stringify([list, position])).toString("base64url");
        const { items } = await ledger.listOwned(TOKEN, minutesLater(-60), { limit: 100, cursor: forged });
        assert.ok(items.every(({ tokenId }) => tokenId === "abcdef"));
      }
    });
  });
}
