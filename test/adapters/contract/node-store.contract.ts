import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nodeKey, signerOfKey, type NodeRecord } from "../../../core/ledger/node-record.ts";
import { KUBELET_SERVING_SIGNER } from "../../../core/certificate/profile.ts";
import type { NodeStore } from "../../../core/ledger/node-store.ts";
import { randomSerialNumber } from "../../../core/certificate/serial-number.ts";
import { allPages, assertRefusesCursors, withLongId } from "../../support/paged-lists.ts";
import { minutesLater, nodeRecord, nodeSlot, NOW, randomIntentName } from "../../support/stored-records.ts";

/** Every sentence of `NodeStore` as a test. `create` gives an empty store. */
export function nodeStoreContract(create: () => Promise<NodeStore>): void {
  describe("NodeStore", () => {
    describe("keeps what it is given, one version higher", () => {
      const nodes: readonly { why: string; changes: Partial<NodeRecord> }[] = [
        { why: "a first claim", changes: {} },
        { why: "empty slots", changes: { candidate: undefined, generation: 0 } },
        {
          why: "something in every member",
          changes: {
            generation: 7,
            anchor: nodeSlot({ kind: "renewal", tokenId: undefined, isRevoked: true }),
            toVoid: [randomIntentName(), randomIntentName()],
            revocation: { reason: "keyCompromise", by: "arn:aws:iam::123456789012:user/ada", at: NOW },
            releasedAt: NOW,
            lastSeenAt: minutesLater(1),
            agent: { version: "1.2.3", trustBundleSequence: 7 },
            lastDisplacement: { count: 5, at: minutesLater(3) },
            lastRecovery: { count: 3, at: minutesLater(2), intentName: randomIntentName() },
            recoveryAllowance: { until: minutesLater(3), recoveries: 2, by: "arn:aws:iam::123456789012:user/ada" },
            renewalRequest: { at: NOW, until: minutesLater(60), by: "arn:aws:iam::123456789012:user/ada" },
            supersededUse: { serialNumber: randomSerialNumber(), at: minutesLater(4), count: 5 },
            revokedUse: { at: minutesLater(5), count: 6 },
            unknownUse: { serialNumber: randomSerialNumber(), at: minutesLater(5) },
            admission: { serialNumber: randomSerialNumber(), at: minutesLater(6), by: "arn:aws:iam::1:user/ada" },
          },
        },
        { why: "the same intent to void twice", changes: { toVoid: ["csr-1", "csr-1"] } },
      ];
      for (const { why, changes } of nodes) {
        it(why, async () => {
          const store = await create();
          const node = nodeRecord("node-1", changes);
          assert.equal(await store.write(node), true);
          assert.deepEqual(await store.read("node-1"), { ...node, version: 1 });
        });
      }
    });

    for (const key of ["absent", "", "x".repeat(5000), "\ud800"]) {
      it(`knows no node called ${JSON.stringify(key.slice(0, 10))}`, async () => {
        assert.equal(await (await create()).read(key), undefined);
      });
    }

    it("gives out copies", async () => {
      const store = await create();
      const node = nodeRecord("node-1", { candidate: nodeSlot({ at: new Date(NOW) }) });
      const expected = structuredClone({ ...node, version: 1 });
      await store.write(node);
      node.candidate?.at.setTime(0);
      (await store.read("node-1"))?.candidate?.at.setTime(0);
      assert.deepEqual(await store.read("node-1"), expected);
    });

    it("replaces the whole record: what is left out is gone", async () => {
      const store = await create();
      await store.write(nodeRecord("node-1", { anchor: nodeSlot(), toVoid: ["csr-1"], releasedAt: NOW }));
      const bare = nodeRecord("node-1", { version: 1, candidate: undefined });
      assert.equal(await store.write(bare), true);
      assert.deepEqual(await store.read("node-1"), { ...bare, version: 2 });
    });

    const versions = [
      { why: "a first version when there is one already", stored: 3, given: 0 },
      { why: "an older version", stored: 3, given: 2 },
      { why: "a version of the future", stored: 3, given: 4 },
      { why: "a later version of what was never written", stored: 0, given: 1 },
    ];
    for (const { why, stored, given } of versions) {
      it(`refuses ${why}`, async () => {
        const store = await create();
        for (let version = 0; version < stored; version++) await store.write(nodeRecord("node-1", { version }));
        const before = await store.read("node-1");
        assert.equal(await store.write(nodeRecord("node-1", { version: given, generation: 99 })), false);
        assert.deepEqual(await store.read("node-1"), before);
      });
    }

    it("lets exactly one of many that read the same version write", async () => {
      const store = await create();
      for (let version = 0; version < 5; version++) {
        const rivals = Array.from({ length: 10 }, (_, index) => nodeRecord("node-1", { version, generation: index }));
        const outcomes = await Promise.all(rivals.map((node) => store.write(node)));
        assert.equal(outcomes.filter(Boolean).length, 1);
        const winner = rivals[outcomes.indexOf(true)];
        assert.deepEqual(await store.read("node-1"), { ...winner, version: version + 1 });
      }
    });

    it("holds a node's client and serving certificates apart", async () => {
      const store = await create();
      const client = nodeRecord("node-1");
      const serving = { ...client, key: nodeKey("node-1", KUBELET_SERVING_SIGNER), signerName: KUBELET_SERVING_SIGNER };
      assert.equal(await store.write(client), true);
      assert.equal(await store.write(serving), true);
      assert.deepEqual(await store.read(serving.key), { ...serving, version: 1 });
    });

    it("reads many at once: those that are there, by key, each once", async () => {
      const store = await create();
      const names = Array.from({ length: 120 }, (_, index) => `node-${index}`);
      await writeInWaves(store, names);
      const found = await store.readMany([...names, "absent", "", "node-1"]);
      assert.deepEqual([...found.keys()].sort(), names.toSorted());
      assert.deepEqual(found.get("node-7"), await store.read("node-7"));
      assert.deepEqual(await store.readMany([]), new Map());
    });

    listContract(create);
  });
}

/** Hundreds of requests at once would time out on a machine that has other things to do. */
async function writeInWaves(store: NodeStore, names: readonly string[]): Promise<void> {
  for (let start = 0; start < names.length; start += 25)
    await Promise.all(names.slice(start, start + 25).map((name) => store.write(nodeRecord(name))));
}

const SERVING = (name: string): string => nodeKey(name, KUBELET_SERVING_SIGNER);

function recordOf(key: string): NodeRecord {
  const [nodeName = ""] = key.split("#");
  return { ...nodeRecord(nodeName), key, signerName: signerOfKey(key) };
}

function listContract(create: () => Promise<NodeStore>): void {
  const written = async (names: readonly string[]): Promise<NodeStore> => {
    const store = await create();
    for (const name of names) await store.write(nodeRecord(name));
    return store;
  };
  const listedNames = async (store: NodeStore, limit: number): Promise<string[]> =>
    (await allPages((page) => store.list(page), limit)).items.map(({ key }) => key);

  describe("list", () => {
    it("is empty, without a cursor, when there is nothing", async () => {
      assert.deepEqual(await (await create()).list({ limit: 10, cursor: undefined }), { items: [], cursor: undefined });
    });

    it("shows every node exactly once, by name, whatever the page's size", async () => {
      const names = ["a", "a.b", "a-b", "a0", "node-1", "node-10", "node-2", "z", "0", "node-1.example", "node-1-a"];
      const store = await written(names);
      for (const limit of [1, 2, 3, names.length, 1000]) {
        assert.deepEqual(await listedNames(store, limit), names.toSorted(), `with pages of ${limit}`);
      }
    });

    it("orders names by their octets, where JavaScript would not", async () => {
      // U+FF5E is one code unit and three octets; U+1F5C4 begins with a smaller code unit and a greater octet.
      const store = await written(["\u{1f5c4}", "～", "é", "z"]);
      assert.deepEqual(await listedNames(store, 1), ["z", "é", "～", "\u{1f5c4}"]);
    });

    it("shows what a name holds of several signers together, or of one signer only", async () => {
      const keys = [SERVING("node-1"), "node-1", "node-1-a", SERVING("a.b"), "node-2"];
      const store = await create();
      for (const key of keys) await store.write(recordOf(key));
      for (const limit of [1, 2, 1000]) {
        const pages = await allPages((page) => store.list(page), limit);
        const expected = [SERVING("a.b"), "node-1", SERVING("node-1"), "node-1-a", "node-2"];
        assert.deepEqual(
          pages.items.map(({ key }) => key),
          expected,
        );
        const serving = await allPages((page) => store.list(page, KUBELET_SERVING_SIGNER), limit);
        assert.deepEqual(
          serving.items.map(({ key }) => key),
          [SERVING("a.b"), SERVING("node-1")],
        );
      }
    });

    it("leaves out what a revocation only marked, until it has a certificate", async () => {
      const store = await create();
      const marked = { ...recordOf(SERVING("node-1")), generation: 0, candidate: undefined };
      await store.write(marked);
      assert.deepEqual(await listedNames(store, 10), []);
      await store.write({ ...marked, version: 1, generation: 1, candidate: nodeSlot() });
      assert.deepEqual(await listedNames(store, 10), [SERVING("node-1")]);
    });

    it("goes on where it was, while nodes come and change", async () => {
      const store = await written(["b", "d", "f", "h"]);
      const { items, cursor } = await store.list({ limit: 2, cursor: undefined });
      for (const name of ["a", "e", "i"]) await store.write(nodeRecord(name));
      await store.write(nodeRecord("h", { version: 1, generation: 2 }));
      const rest = await store.list({ limit: 10, cursor });
      assert.deepEqual(
        [...items, ...rest.items].map(({ key, generation }) => [key, generation]),
        [
          ["b", 1],
          ["d", 1],
          ["e", 1],
          ["f", 1],
          ["h", 2],
          ["i", 1],
        ],
      );
    });

    it("shows 250 nodes, in pages of 100 and of 1000", async () => {
      const names = Array.from({ length: 250 }, (_, index) => `node-${index}`);
      const store = await create();
      await writeInWaves(store, names);
      for (const limit of [100, 1000]) assert.deepEqual(await listedNames(store, limit), names.toSorted());
    });

    it("takes no cursor that is none of its own", async () => {
      const store = await create();
      await Promise.all(["a", "b"].map((name) => store.write(nodeRecord(name))));
      const { cursor } = await store.list({ limit: 1, cursor: undefined });
      await assertRefusesCursors((page) => store.list(page), ["WyJieUNyZWF0aW9uIiwidG9rZW4iXQ", withLongId(cursor)]);
    });
  });
}
