import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RecoveryAdmission, RecoveryAdmissionStore } from "../../../core/admission/recovery-admission.ts";
import { minutesLater, NOW } from "../../support/stored-records.ts";

const ADMISSION: RecoveryAdmission = {
  issuedAfter: minutesLater(-600),
  openedAt: NOW,
  until: minutesLater(600),
  except: ["n1.example", "n2.example"],
  by: "arn:aws:iam::123456789012:user/ada",
};

/** Every sentence of `RecoveryAdmissionStore` as a test. `create` gives an empty store. */
export function recoveryAdmissionStoreContract(create: () => Promise<RecoveryAdmissionStore>): void {
  describe("RecoveryAdmissionStore", () => {
    it("has none at first", async () => {
      assert.equal(await (await create()).read(), undefined);
    });

    it("keeps the one that was opened last, and that one's later end", async () => {
      const store = await create();
      const later = { ...ADMISSION, openedAt: minutesLater(1), except: [] };
      for (const admission of [ADMISSION, later, { ...later, until: minutesLater(2) }]) {
        assert.equal(await store.write(admission), true);
        assert.deepEqual(await store.read(), admission);
      }
    });

    it("writes nothing in place of one that was opened later", async () => {
      const store = await create();
      await store.write(ADMISSION);
      assert.equal(await store.write({ ...ADMISSION, openedAt: minutesLater(-1), by: "slow" }), false);
      assert.deepEqual(await store.read(), ADMISSION);
    });
  });
}
