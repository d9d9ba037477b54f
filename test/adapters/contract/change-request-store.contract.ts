import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  NO_PROGRESS,
  NO_CHANGE_REQUESTS,
  type AuthorityProgress,
  type ChangeRequest,
  type ChangeRequestStore,
  type ChangeRequests,
} from "../../../core/authority/change-request.ts";
import { minutesLater, NOW } from "../../support/stored-records.ts";

function changeRequest(number: number, changes: Partial<ChangeRequest> = {}): ChangeRequest {
  const common = {
    authorityId: "issuing-g2",
    isForced: false,
    askedAt: NOW,
    askedBy: "arn:aws:iam::1:role/a",
  };
  return { number, act: "prepare", ...common, ...changes };
}

const book: ChangeRequests = {
  version: 1,
  changeRequests: [
    changeRequest(1),
    changeRequest(2, { act: "activate", isForced: true }),
    changeRequest(3, { act: "retire", authorityId: "root-g1", isForced: true, secondedBy: "arn:aws:iam::1:role/b" }),
  ],
};

const progress: AuthorityProgress = {
  version: 0,
  outcomes: new Map([
    [1, { state: "held", reason: "it waits", at: NOW, recheckAt: minutesLater(10) }],
    [2, { state: "done", reason: "", at: NOW, recheckAt: undefined }],
  ]),
  publishedSequence: 7,
  warnedAt: NOW,
  inventory: { longestLifetimeSeconds: 2_592_000, earlierUntil: minutesLater(60) },
};

/** Every sentence of `ChangeRequestStore` as a test. `create` gives an empty store. */
export function changeRequestStoreContract(create: () => Promise<ChangeRequestStore>): void {
  describe("ChangeRequestStore", () => {
    it("has neither change requests nor progress at first", async () => {
      const store = await create();
      assert.deepEqual(
        [await store.readChangeRequests(), await store.readProgress()],
        [NO_CHANGE_REQUESTS, NO_PROGRESS],
      );
    });

    it("keeps change requests of every kind, in order", async () => {
      const store = await create();
      assert.equal(await store.writeChangeRequests(book), true);
      assert.deepEqual(await store.readChangeRequests(), book);
      assert.equal(await store.writeChangeRequests({ version: 2, changeRequests: [] }), true);
      assert.deepEqual(await store.readChangeRequests(), { version: 2, changeRequests: [] });
    });

    for (const version of [1, 2, 4]) {
      it(`refuses version ${version} of the book where 2 is stored`, async () => {
        const store = await create();
        await store.writeChangeRequests(book);
        await store.writeChangeRequests({ ...book, version: 2 });
        assert.equal(await store.writeChangeRequests({ version, changeRequests: [] }), false);
        assert.deepEqual(await store.readChangeRequests(), { ...book, version: 2 });
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
      await store.writeChangeRequests(book);
      assert.deepEqual(await store.readProgress(), NO_PROGRESS);
    });
  });
}
