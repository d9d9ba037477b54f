import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { IssuanceLedger } from "../../../core/ledger/issuance-ledger.ts";
import {
  completion,
  decision,
  issuanceRecord,
  minutesLater,
  NOW,
  reservedRecord,
} from "../../support/stored-records.ts";

type Create = () => Promise<IssuanceLedger>;

const DENIED = decision({ outcome: "Denied", by: "ada", reason: "Unknown machine", message: "call the “desk” 机" });

/** What `IssuanceLedger` says of approvals and of what is in their way. `create` gives an empty ledger. */
export function issuanceApprovalContract(create: Create): void {
  const obstacle = { code: "node_name_taken", message: "the name “größer” is held", at: minutesLater(3) } as const;
  const approved = decision({ outcome: "Approved" });

  describe("what is approved and not signed", () => {
    it("keeps the reason until it is signed", async () => {
      const ledger = await create();
      const { name } = await ledger.createPending(issuanceRecord());
      assert.equal((await ledger.noteObstacle(name, obstacle))?.obstacle, undefined, "nobody approved it");
      await ledger.decide(name, approved);
      assert.deepEqual((await ledger.noteObstacle(name, obstacle))?.obstacle, obstacle);
      assert.deepEqual((await ledger.read(name))?.obstacle, obstacle);
      assert.deepEqual((await ledger.reserve(reservedRecord({ name }))).obstacle, obstacle);
      assert.equal((await ledger.complete(name, completion(), { wasDecided: true })).obstacle, undefined);
      assert.equal((await ledger.noteObstacle(name, obstacle))?.obstacle, undefined, "it is signed");
      assert.equal(await ledger.noteObstacle("csr-absent", obstacle), undefined);
    });

    it("may be approved again, once, with the override it lacked", async () => {
      const ledger = await create();
      const { name } = await ledger.createPending(issuanceRecord());
      await ledger.decide(name, approved);
      const override = { ...approved, by: "bob", mayReplace: true };
      assert.deepEqual((await ledger.decide(name, { ...approved, by: "bob" }))?.decision, approved);
      assert.deepEqual((await ledger.decide(name, override))?.decision, override);
      assert.deepEqual((await ledger.decide(name, { ...override, by: "carol" }))?.decision, override);
      await ledger.reserve(reservedRecord({ name }));
      assert.deepEqual((await ledger.complete(name, completion())).decision, override);
    });

    it("is not approved by an override when it was denied, or is signed or void", async () => {
      const ledger = await create();
      const override = { ...approved, mayReplace: true };
      const [denied, signed, voided] = await Promise.all(
        [0, 1, 2].map(async () => (await ledger.createPending(issuanceRecord())).name),
      );
      await ledger.decide(denied ?? "", DENIED);
      await ledger.decide(signed ?? "", approved);
      await ledger.reserve(reservedRecord({ name: signed ?? "" }));
      await ledger.complete(signed ?? "", completion());
      await ledger.void(voided ?? "", NOW);
      const decisions = [denied, signed, voided].map(
        async (name) => (await ledger.decide(name ?? "", override))?.decision,
      );
      assert.deepEqual(await Promise.all(decisions), [DENIED, approved, undefined]);
    });
  });
}
