import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { memoryAuthorityStore } from "../../adapters/memory/authority-store.ts";
import { memoryIssuanceLedger } from "../../adapters/memory/issuance-ledger.ts";
import { memoryKeyMaker } from "../../adapters/memory/key-maker.ts";
import type { MemoryHooks } from "../../adapters/memory/memory-hooks.ts";
import { memoryNodeStore } from "../../adapters/memory/node-store.ts";
import { memorySigner, type MemoryKeys } from "../../adapters/memory/signer.ts";
import { memoryTokenStore } from "../../adapters/memory/token-store.ts";
import { ECDSA_SHA256 } from "../../core/keys/signature-algorithm.ts";
import { completion, NOW, nodeRecord, randomOctets, reservedRecord, tokenRecord } from "../support/stored-records.ts";

describe("the hooks of the adapters in memory", () => {
  it("are told of each call by name", async () => {
    const heard: string[] = [];
    const hooks: MemoryHooks = { beforeEach: (operation) => Promise.resolve(void heard.push(operation)) };
    const keys: MemoryKeys = new Map();
    await memoryTokenStore(hooks).read("abcdef");
    await memoryNodeStore(hooks).write(nodeRecord("node-1"));
    await memoryIssuanceLedger(hooks).void("csr-1", NOW);
    await memoryAuthorityStore(hooks).read();
    const { keyArn } = await memoryKeyMaker(keys, hooks).findOrCreateKey("alias/one", "P-256");
    await memorySigner(keys, hooks).sign(keyArn, ECDSA_SHA256, randomOctets(10));
    assert.deepEqual(heard, [
      "tokens.read",
      "nodes.write",
      "ledger.void",
      "authorities.read",
      "keys.findOrCreateKey",
      "signer.sign",
    ]);
  });

  it("can keep a call from happening", async () => {
    let isDown = true;
    const store = memoryTokenStore({
      beforeEach: () => (isDown ? Promise.reject(new Error("down")) : Promise.resolve()),
    });
    const token = tokenRecord();
    await assert.rejects(store.create(token), /down/);
    isDown = false;
    assert.equal(await store.read(token.tokenId), undefined);
  });

  it("can lose the answer to a call that took effect", async () => {
    let isLossy = false;
    const ledger = memoryIssuanceLedger({
      afterEach: () => (isLossy ? Promise.reject(new Error("lost")) : Promise.resolve()),
    });
    const record = await ledger.reserve(reservedRecord());
    const signed = completion();
    isLossy = true;
    await assert.rejects(ledger.complete(record.name, signed), /lost/);
    isLossy = false;
    assert.deepEqual(await ledger.read(record.name), { ...record, completion: signed });
  });

  it("can let one call overtake another, and each still takes effect at one instant", async () => {
    const waiting: (() => void)[] = [];
    const store = memoryNodeStore({ beforeEach: () => new Promise((resolve) => waiting.push(resolve)) });
    const slow = store.write(nodeRecord("node-1", { generation: 1 }));
    const fast = store.write(nodeRecord("node-1", { generation: 2 }));
    waiting[1]?.();
    assert.equal(await fast, true);
    waiting[0]?.();
    assert.equal(await slow, false);
  });
});
