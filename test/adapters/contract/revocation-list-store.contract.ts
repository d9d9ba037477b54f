import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  NO_LIST,
  type PublishedList,
  type RevocationListRecord,
  type RevocationListStore,
} from "../../../core/revocation/list-store.ts";
import { daysLater, NOW, randomOctets } from "../../support/stored-records.ts";

const whole = { authorityId: "issuing-g1", shard: "" };
const shard = { authorityId: "issuing-g1", shard: "a" };

const published = (octets: number, number = 1_795_000_000): PublishedList => ({
  number,
  thisUpdate: NOW,
  nextUpdate: daysLater(1),
  contentSha256: "ab".repeat(32),
  octets,
});

const record: RevocationListRecord = {
  version: 0,
  number: 1_795_000_001,
  published: published(7),
  publishedSince: daysLater(-3),
  distributions: [
    { shards: 256, url: "http://b.example" },
    { shards: 16, url: "http://a.example/pki" },
  ],
};

/** Every sentence of `RevocationListStore` as a test. `create` gives an empty store. */
export function revocationListStoreContract(create: () => Promise<RevocationListStore>): void {
  describe("RevocationListStore", () => {
    it("knows of no list at first", async () => {
      assert.deepEqual(await (await create()).read(whole), NO_LIST);
    });

    it("keeps a record, and counts its versions", async () => {
      const store = await create();
      assert.equal(await store.write(whole, record), true);
      assert.deepEqual(await store.read(whole), { ...record, version: 1 });
      const bare = { version: 1, number: 8, published: undefined, distributions: [] };
      assert.equal(await store.write(whole, bare), true);
      assert.deepEqual(await store.read(whole), { ...bare, version: 2 });
    });

    it("refuses a record that knows another version than the stored one", async () => {
      const store = await create();
      await store.write(whole, record);
      for (const version of [0, 2]) assert.equal(await store.write(whole, { ...NO_LIST, version }), false);
      assert.deepEqual(await store.read(whole), { ...record, version: 1 });
    });

    it("lets one of two writers have its way", async () => {
      const store = await create();
      const answers = await Promise.all([1, 2].map((number) => store.write(whole, { ...record, number })));
      assert.deepEqual(answers.toSorted(), [false, true]);
    });

    it("keeps a CA's lists apart", async () => {
      const store = await create();
      await store.write(whole, record);
      for (const other of [shard, { ...whole, authorityId: "issuing-g2" }])
        assert.deepEqual(await store.read(other), NO_LIST);
    });

    for (const octets of [1, 358_400, 358_401, 1_000_000]) {
      it(`gives back a list of ${octets} octets as it was stored`, async () => {
        const store = await create();
        const der = randomOctets(octets);
        await store.store(shard, published(octets), der);
        assert.deepEqual(await store.fetch(shard, published(octets)), der);
      });
    }

    it("has none that was not stored, or not wholly", async () => {
      const store = await create();
      await store.store(shard, published(10), randomOctets(10));
      assert.equal(await store.fetch(shard, published(10, 5)), undefined);
      assert.equal(await store.fetch(whole, published(10)), undefined);
    });

    it("shows nobody what was only stored", async () => {
      const store = await create();
      await store.store(whole, published(10), randomOctets(10));
      assert.deepEqual(await store.read(whole), NO_LIST);
    });
  });
}
