import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { NO_WATCH, type RenewalWatch, type RenewalWatchStore } from "../../../core/renewal/watch-progress.ts";
import { minutesLater, NOW } from "../../support/stored-records.ts";

const WATCH: RenewalWatch = {
  version: 0,
  checkedUntil: new Map([
    ["2026-11-23", NOW],
    ["2027-01-02", minutesLater(-60)],
  ]),
  unfinished: { day: "2026-11-24", until: minutesLater(5), cursor: "WyJieUV4cGlyeSJd" },
};

/** Every sentence of `RenewalWatchStore` as a test. `create` gives an empty store. */
export function renewalWatchStoreContract(create: () => Promise<RenewalWatchStore>): void {
  describe("RenewalWatchStore", () => {
    it("has seen nothing at first", async () => {
      assert.deepEqual(await (await create()).read(), NO_WATCH);
    });

    it("keeps what it is given, and counts its versions", async () => {
      const store = await create();
      assert.equal(await store.write(WATCH), true);
      assert.deepEqual(await store.read(), { ...WATCH, version: 1 });
      const later: RenewalWatch = { version: 1, checkedUntil: new Map(), unfinished: undefined };
      assert.equal(await store.write(later), true);
      assert.deepEqual(await store.read(), { ...later, version: 2 });
    });

    it("refuses what knows another version than the stored one", async () => {
      const store = await create();
      assert.equal(await store.write({ ...WATCH, version: 1 }), false);
      await store.write(WATCH);
      for (const version of [0, 2]) assert.equal(await store.write({ ...NO_WATCH, version }), false);
      assert.deepEqual(await store.read(), { ...WATCH, version: 1 });
    });
  });
}
