import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { TokenStore } from "../../../core/token/token-store.ts";
import { daysLater, minutesLater, NOW, randomIntentName, tokenRecord } from "../../support/stored-records.ts";

export function tokenAmendmentContract(create: () => Promise<TokenStore>): void {
  describe("amend", () => {
    it("gives a token another expiration and description, and leaves the rest", async () => {
      const store = await create();
      const token = tokenRecord({ usedBy: new Set([randomIntentName()]) });
      await store.create(token);
      const amendment = { expiration: daysLater(9), description: "rack 8", at: minutesLater(1) };
      const { at, ...changes } = amendment;
      const amended = { ...token, ...changes, amendedAt: at };
      assert.deepEqual(await store.amend(token.tokenId, amendment), amended);
      assert.deepEqual(await store.read(token.tokenId), amended);
      const forever = await store.amend(token.tokenId, { ...amendment, expiration: undefined });
      assert.equal(forever?.expiration, undefined);
      assert.equal((await store.amend(token.tokenId, amendment))?.expiration?.getTime(), daysLater(9).getTime());
    });

    it("touches no revoked token, and makes none", async () => {
      const store = await create();
      const token = tokenRecord({ revokedAt: NOW });
      await store.create(token);
      const amendment = { expiration: daysLater(9), description: "", at: NOW };
      assert.equal(await store.amend(token.tokenId, amendment), undefined);
      assert.deepEqual(await store.read(token.tokenId), token);
      assert.equal(await store.amend("absent", amendment), undefined);
      assert.equal(await store.read("absent"), undefined);
    });
  });
}
