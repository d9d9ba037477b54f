import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { TokenStore } from "../../../core/token/token-store.ts";
import { NOW, tokenRecord, waitingUse } from "../../support/stored-records.ts";

/** Uses that come to nothing, and what waits beside a use: `TokenStore.consume` and `giveBack`. */
export function tokenGiveBackContract(create: () => Promise<TokenStore>): void {
  describe("giveBack", () => {
    it("makes room for another, and is idempotent", async () => {
      const store = await create();
      const token = tokenRecord({ maxUses: 1 });
      await store.create(token);
      await store.consume(token.tokenId, "use-1", NOW);
      assert.equal(await store.consume(token.tokenId, "use-2", NOW), "spent");
      for (let times = 0; times < 2; times++) await store.giveBack(token.tokenId, "use-1", []);
      assert.deepEqual(await store.read(token.tokenId), token);
      assert.equal(await store.consume(token.tokenId, "use-2", NOW), "consumed");
      await store.giveBack(token.tokenId, "use-1", []);
      assert.equal(await store.consume(token.tokenId, "use-3", NOW), "spent");
    });

    it("takes out the waiting uses it is given, and no other", async () => {
      const store = await create();
      const token = tokenRecord({ maxUses: 3 });
      await store.create(token);
      const [one, other] = [waitingUse("use-1"), waitingUse("use-2", { replaced: 4 })];
      for (const use of [one, one, other]) await store.consume(token.tokenId, use.useName, NOW, use);
      const both = (await store.read(token.tokenId))?.waiting ?? [];
      assert.deepEqual(new Set(both), new Set([one, other]));
      await store.giveBack(token.tokenId, "use-1", [one]);
      assert.deepEqual(await store.read(token.tokenId), { ...token, usedBy: new Set(["use-2"]), waiting: [other] });
      await store.giveBack(token.tokenId, "use-2", [one, other]);
      assert.deepEqual(await store.read(token.tokenId), token);
    });

    it("keeps a waiting use only with its use", async () => {
      const store = await create();
      const token = tokenRecord({ maxUses: 1, usedBy: new Set(["use-1"]) });
      await store.create(token);
      assert.equal(await store.consume(token.tokenId, "use-2", NOW, waitingUse("use-2")), "spent");
      assert.deepEqual(await store.read(token.tokenId), token);
    });

    it("changes nothing of a token without a limit, and makes none that is not there", async () => {
      const store = await create();
      const token = tokenRecord({ maxUses: undefined });
      await store.create(token);
      await store.giveBack(token.tokenId, "use-1", [waitingUse("use-1")]);
      assert.deepEqual(await store.read(token.tokenId), token);
      await store.giveBack("absent", "use-1", []);
      assert.equal(await store.read("absent"), undefined);
    });

    it("gives a use that was given back to exactly one of many", async () => {
      const store = await create();
      const token = tokenRecord({ maxUses: 2, usedBy: new Set(["use-1", "use-2"]) });
      await store.create(token);
      const wants = Array.from({ length: 20 }, (_, index) => store.consume(token.tokenId, `use-new-${index}`, NOW));
      const [outcomes] = await Promise.all([Promise.all(wants), store.giveBack(token.tokenId, "use-1", [])]);
      assert.ok(outcomes.filter((outcome) => outcome === "consumed").length <= 1);
      assert.ok(((await store.read(token.tokenId))?.usedBy.size ?? 0) <= 2);
    });
  });
}
