import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  NO_PROGRESS,
  NO_WISHES,
  type AuthorityProgress,
  type AuthorityWish,
  type AuthorityWishStore,
  type WishBook,
} from "../../../core/authority/change-request.ts";
import { minutesLater, NOW } from "../../support/stored-records.ts";

function wish(number: number, changes: Partial<AuthorityWish> = {}): AuthorityWish {
  const common = {
    authorityId: "issuing-g2",
    isForced: false,
    askedAt: NOW,
    askedBy: "arn:aws:iam::1:role/a",
  };
  return { number, act: "prepare", ...common, ...changes };
}

const book: WishBook = {
  version: 1,
  wishes: [wish(1), wish(2, { act: "activate", isForced: true }), wish(3, { act: "retire", authorityId: "root-g1" })],
};

const progress: AuthorityProgress = {
  version: 0,
  outcomes: new Map([
    [1, { state: "held", reason: "it waits", at: NOW, recheckAt: minutesLater(10) }],
    [2, { state: "done", reason: "", at: NOW, recheckAt: undefined }],
  ]),
  publishedSequence: 7,
  warnedAt: NOW,
};

/** Every sentence of `AuthorityWishStore` as a test. `create` gives an empty store. */
export function authorityWishStoreContract(create: () => Promise<AuthorityWishStore>): void {
  describe("AuthorityWishStore", () => {
    it("has neither wishes nor progress at first", async () => {
      const store = await create();
      assert.deepEqual([await store.readWishes(), await store.readProgress()], [NO_WISHES, NO_PROGRESS]);
    });

    it("keeps wishes of every kind, in order", async () => {
      const store = await create();
      assert.equal(await store.writeWishes(book), true);
      assert.deepEqual(await store.readWishes(), book);
      assert.equal(await store.writeWishes({ version: 2, wishes: [] }), true);
      assert.deepEqual(await store.readWishes(), { version: 2, wishes: [] });
    });

    for (const version of [1, 2, 4]) {
      it(`refuses version ${version} of the book where 2 is stored`, async () => {
        const store = await create();
        await store.writeWishes(book);
        await store.writeWishes({ ...book, version: 2 });
        assert.equal(await store.writeWishes({ version, wishes: [] }), false);
        assert.deepEqual(await store.readWishes(), { ...book, version: 2 });
      });
    }

    it("keeps progress, and counts its versions", async () => {
      const store = await create();
      assert.equal(await store.writeProgress(progress), true);
      assert.deepEqual(await store.readProgress(), { ...progress, version: 1 });
      assert.equal(await store.writeProgress({ ...progress, version: 1, warnedAt: undefined }), true);
      assert.deepEqual(await store.readProgress(), { ...progress, version: 2, warnedAt: undefined });
    });

    it("refuses progress that knows another version than the stored one", async () => {
      const store = await create();
      await store.writeProgress(progress);
      for (const version of [0, 2]) assert.equal(await store.writeProgress({ ...progress, version }), false);
      assert.deepEqual(await store.readProgress(), { ...progress, version: 1 });
    });

    it("keeps the two apart", async () => {
      const store = await create();
      await store.writeWishes(book);
      assert.deepEqual(await store.readProgress(), NO_PROGRESS);
    });
  });
}
