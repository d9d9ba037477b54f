import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { TokenStore } from "../../../core/token/token-store.ts";
import { MAX_LIMITED_USES, type TokenRecord } from "../../../core/token/token-record.ts";
import { allPages, assertRefusesCursors, assertSameItems, withLongId } from "../../support/paged-lists.ts";
import {
  daysLater,
  minutesLater,
  NOW,
  randomIntentName,
  tokenRecord,
  waitingUse,
} from "../../support/stored-records.ts";
import { tokenGiveBackContract } from "./token-give-back.contract.ts";
import { tokenAmendmentContract } from "./token-amendment.contract.ts";

/** Every sentence of `TokenStore` as a test. `create` gives an empty store. */
export function tokenStoreContract(create: () => Promise<TokenStore>): void {
  describe("TokenStore", () => {
    describe("keeps what it is given", () => {
      const tokens: readonly { why: string; changes: Partial<TokenRecord> }[] = [
        { why: "with something in every member", changes: {} },
        { why: "that never expires and has no limit", changes: { expiration: undefined, maxUses: undefined } },
        {
          why: "with empty lists and an empty description",
          changes: { groups: [], usages: [], nodeNames: [], sourceCidrs: [], description: "", createdBy: "" },
        },
        { why: "by which the service shows itself", changes: { discoveryKey: "0f".repeat(32) } },
        { why: "already revoked", changes: { revokedAt: NOW } },
        { why: "already used", changes: { usedBy: new Set([randomIntentName(), randomIntentName()]) } },
        { why: "with a use that waits", changes: { usedBy: new Set(["use-1"]), waiting: [waitingUse("use-1")] } },
        { why: "with a long description", changes: { description: "é".repeat(10_000) } },
      ];
      for (const { why, changes } of tokens) {
        it(`a token ${why}`, async () => {
          const store = await create();
          const token = tokenRecord(changes);
          assert.equal(await store.create(token), true);
          assert.deepEqual(await store.read(token.tokenId), token);
        });
      }
    });

    for (const tokenId of ["absent", "", "x".repeat(5000), "\ud800"]) {
      it(`knows no token called ${JSON.stringify(tokenId.slice(0, 10))}`, async () => {
        assert.equal(await (await create()).read(tokenId), undefined);
      });
    }

    it("gives out copies", async () => {
      const store = await create();
      const token = tokenRecord();
      const expected = structuredClone(token);
      await store.create(token);
      token.secretHash.fill(0);
      (await store.read(token.tokenId))?.secretHash.fill(0);
      assert.deepEqual(await store.read(token.tokenId), expected);
    });

    it("keeps the first token of an id", async () => {
      const store = await create();
      const token = tokenRecord();
      await store.create(token);
      assert.equal(await store.create({ ...token, description: "another" }), false);
      assert.deepEqual(await store.read(token.tokenId), token);
    });

    it("creates one of many tokens that take an id at once", async () => {
      const store = await create();
      const tokens = Array.from({ length: 10 }, (_, index) => tokenRecord({ tokenId: "aaaaaa", maxUses: index + 1 }));
      const outcomes = await Promise.all(tokens.map((token) => store.create(token)));
      assert.equal(outcomes.filter(Boolean).length, 1);
      assert.deepEqual(await store.read("aaaaaa"), tokens[outcomes.indexOf(true)]);
    });

    consumeContract(create);
    tokenGiveBackContract(create);
    revokeContract(create);
    tokenAmendmentContract(create);
    listContract(create);
  });
}

function consumeContract(create: () => Promise<TokenStore>): void {
  describe("consume", () => {
    it("counts each intent once, until there is no room", async () => {
      const store = await create();
      const token = tokenRecord({ maxUses: 2 });
      await store.create(token);
      const [first, second, third] = [randomIntentName(), randomIntentName(), randomIntentName()];
      const outcomes: string[] = [];
      for (const intent of [first, first, second, third, first, second, third]) {
        outcomes.push(await store.consume(token.tokenId, intent, NOW));
      }
      assert.deepEqual(outcomes, ["consumed", "consumed", "consumed", "spent", "consumed", "consumed", "spent"]);
      assert.deepEqual(await store.read(token.tokenId), { ...token, usedBy: new Set([first, second]) });
    });

    it("gives no use of a token that allows none", async () => {
      const store = await create();
      const token = tokenRecord({ maxUses: 0 });
      await store.create(token);
      assert.equal(await store.consume(token.tokenId, randomIntentName(), NOW), "spent");
    });

    it("gives the last use to exactly one of two that want it at once", async () => {
      const store = await create();
      for (let round = 0; round < 10; round++) {
        const token = tokenRecord({ maxUses: 1 });
        await store.create(token);
        const wants = [0, 1].map(() => store.consume(token.tokenId, randomIntentName(), NOW));
        assert.deepEqual((await Promise.all(wants)).toSorted(), ["consumed", "spent"]);
      }
    });

    it("gives a token of 5 uses to exactly 5 of 50 that want it at once, each twice", async () => {
      const store = await create();
      const token = tokenRecord({ maxUses: 5 });
      await store.create(token);
      const intents = Array.from({ length: 50 }, randomIntentName);
      const outcomes = await Promise.all([...intents, ...intents].map((one) => store.consume(token.tokenId, one, NOW)));
      assert.equal(outcomes.filter((outcome) => outcome === "consumed").length, 10);
      assert.equal((await store.read(token.tokenId))?.usedBy.size, 5);
    });

    it("counts to the greatest limit there is", async () => {
      const store = await create();
      const usedBy = new Set(Array.from({ length: MAX_LIMITED_USES - 1 }, randomIntentName));
      const token = tokenRecord({ maxUses: MAX_LIMITED_USES, usedBy });
      await store.create(token);
      const last = randomIntentName();
      assert.equal(await store.consume(token.tokenId, last, NOW), "consumed");
      assert.equal(await store.consume(token.tokenId, randomIntentName(), NOW), "spent");
      assert.deepEqual((await store.read(token.tokenId))?.usedBy, new Set([...usedBy, last]));
    });

    const unusable: readonly { why: string; changes: Partial<TokenRecord> }[] = [
      { why: "a revoked token", changes: { revokedAt: minutesLater(-1) } },
      { why: "a token at the instant it expires", changes: { expiration: NOW } },
      { why: "a token that expired", changes: { expiration: minutesLater(-1) } },
      { why: "a spent token that expired", changes: { expiration: NOW, maxUses: 1, usedBy: new Set(["csr-other"]) } },
    ];
    for (const { why, changes } of unusable) {
      it(`finds ${why} unusable, even for an intent that used it before`, async () => {
        const store = await create();
        const token = tokenRecord({ usedBy: new Set(["csr-before"]), ...changes });
        await store.create(token);
        for (const intent of ["csr-before", "csr-new"]) {
          assert.equal(await store.consume(token.tokenId, intent, NOW), "unusable");
        }
        assert.deepEqual(await store.read(token.tokenId), token);
      });
    }

    it("takes a token that expires a millisecond later, or never", async () => {
      const store = await create();
      for (const expiration of [new Date(NOW.getTime() + 1), undefined]) {
        const token = tokenRecord({ expiration });
        await store.create(token);
        assert.equal(await store.consume(token.tokenId, randomIntentName(), NOW), "consumed");
      }
    });

    it("finds an unknown token unusable, and does not make one", async () => {
      const store = await create();
      assert.equal(await store.consume("absent", randomIntentName(), NOW), "unusable");
      assert.equal(await store.read("absent"), undefined);
    });

    it("complains about a token without a limit: there is nothing to count", async () => {
      const store = await create();
      const token = tokenRecord({ maxUses: undefined });
      await store.create(token);
      await assert.rejects(store.consume(token.tokenId, randomIntentName(), NOW), /no limit/);
      assert.deepEqual(await store.read(token.tokenId), token);
    });
  });
}

function revokeContract(create: () => Promise<TokenStore>): void {
  describe("revoke", () => {
    it("resolves to the token, and the first revocation stays", async () => {
      const store = await create();
      const token = tokenRecord();
      await store.create(token);
      const revoked = { ...token, revokedAt: NOW };
      assert.deepEqual(await store.revoke(token.tokenId, NOW), revoked);
      assert.deepEqual(await store.revoke(token.tokenId, minutesLater(5)), revoked);
      assert.deepEqual(await store.read(token.tokenId), revoked);
    });

    it("holds from the next use on", async () => {
      const store = await create();
      const token = tokenRecord();
      await store.create(token);
      await store.consume(token.tokenId, "csr-before", NOW);
      await store.revoke(token.tokenId, NOW);
      assert.equal(await store.consume(token.tokenId, "csr-before", NOW), "unusable");
    });

    it("resolves to undefined for an unknown token, and does not make one", async () => {
      const store = await create();
      assert.equal(await store.revoke("absent", NOW), undefined);
      assert.equal(await store.read("absent"), undefined);
    });
  });
}

function listContract(create: () => Promise<TokenStore>): void {
  describe("list", () => {
    it("is empty, without a cursor, when there is nothing", async () => {
      assert.deepEqual(await (await create()).list({ limit: 10, cursor: undefined }), { items: [], cursor: undefined });
    });

    it("shows every token exactly once, newest first, whatever the page's size", async () => {
      const store = await create();
      // Three of each instant: a page ends among tokens of the same age.
      const tokens = Array.from({ length: 12 }, (_, index) =>
        tokenRecord({ tokenId: `token${index}`, createdAt: minutesLater(Math.floor(index / 3)) }),
      );
      for (const token of tokens) await store.create(token);
      for (const limit of [1, 2, 5, 12, 1000]) {
        const { items, sizes } = await allPages((page) => store.list(page), limit);
        assert.ok(sizes.every((size) => size <= limit));
        assertSameItems(items, tokens, ({ tokenId }) => tokenId);
        const ages = items.map(({ createdAt }) => createdAt.getTime());
        assert.deepEqual(
          ages,
          ages.toSorted((one, other) => other - one),
        );
      }
    });

    it("goes on where it was, while newer tokens come and shown ones are revoked", async () => {
      const store = await create();
      for (let day = 0; day < 6; day++)
        await store.create(tokenRecord({ tokenId: `day${day}`, createdAt: daysLater(day) }));
      const { items, cursor } = await store.list({ limit: 2, cursor: undefined });
      await store.create(tokenRecord({ tokenId: "newer", createdAt: daysLater(9) }));
      await store.revoke("day4", NOW);
      const rest = await store.list({ limit: 10, cursor });
      assert.deepEqual(
        [...items, ...rest.items].map(({ tokenId }) => tokenId),
        ["day5", "day4", "day3", "day2", "day1", "day0"],
      );
    });

    it("shows tokens as they are now", async () => {
      const store = await create();
      const token = tokenRecord();
      await store.create(token);
      await store.consume(token.tokenId, "csr-1", NOW);
      await store.revoke(token.tokenId, NOW);
      const { items } = await store.list({ limit: 1, cursor: undefined });
      assert.deepEqual(items, [{ ...token, usedBy: new Set(["csr-1"]), revokedAt: NOW }]);
    });

    it("fits 150 tokens on one page", async () => {
      const store = await create();
      const tokens = Array.from({ length: 150 }, (_, index) => tokenRecord({ tokenId: `t${index}` }));
      await Promise.all(tokens.map((token) => store.create(token)));
      const { items } = await store.list({ limit: 1000, cursor: undefined });
      assertSameItems(items, tokens, ({ tokenId }) => tokenId);
    });

    it("takes no cursor that is none of its own", async () => {
      const store = await create();
      await Promise.all(["t1", "t2"].map((tokenId) => store.create(tokenRecord({ tokenId }))));
      const { cursor } = await store.list({ limit: 1, cursor: undefined });
      await assertRefusesCursors((page) => store.list(page), ["WyJieU5hbWUiLFsiYSJdXQ", withLongId(cursor)]);
    });
  });
}
