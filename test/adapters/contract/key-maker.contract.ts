import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, it } from "node:test";
import { AUTHORITY_KEY_SPECS, type AuthorityKeySpec } from "../../../core/keys/key-type.ts";
import type { KeyMaker } from "../../../core/keys/key-maker.ts";
import { parseAuthorityPublicKey } from "../../../core/keys/authority-public-key.ts";

/** Every sentence of `KeyMaker` as a test. `create` gives a maker for the same key service each time. */
export function keyMakerContract(
  create: () => Promise<KeyMaker>,
  keySpecs: readonly AuthorityKeySpec[] = AUTHORITY_KEY_SPECS,
): void {
  const newAlias = (): string => `alias/test/${randomUUID()}`;

  describe("KeyMaker", () => {
    for (const keySpec of keySpecs) {
      it(`makes a key of ${keySpec}, and tells its public key`, async () => {
        const { keyArn, spki } = await (await create()).findOrCreateKey(newAlias(), keySpec);
        assert.match(keyArn, /^arn:aws:kms:[a-z0-9-]+:\d{12}:key\/[0-9a-f-]{36}$/);
        assert.equal(parseAuthorityPublicKey(spki).keyType, keySpec);
      });
    }

    it("finds the key of an alias again", async () => {
      const keys = await create();
      const alias = newAlias();
      const first = await keys.findOrCreateKey(alias, "P-256");
      assert.deepEqual(await keys.findOrCreateKey(alias, "P-256"), first);
    });

    it("makes another key for another alias", async () => {
      const keys = await create();
      const one = await keys.findOrCreateKey(newAlias(), "P-256");
      const other = await keys.findOrCreateKey(newAlias(), "P-256");
      assert.notEqual(one.keyArn, other.keyArn);
      assert.notDeepEqual(one.spki, other.spki);
    });

    it("gives one key to ten that make it at once", async () => {
      const alias = newAlias();
      const makers = await Promise.all(Array.from({ length: 10 }, create));
      const made = await Promise.all(makers.map((keys) => keys.findOrCreateKey(alias, "P-256")));
      for (const one of made) assert.deepEqual(one, made[0]);
      assert.deepEqual(await (await create()).findOrCreateKey(alias, "P-256"), made[0]);
    });

    it("complains about an alias of a key of another kind, and names both", async () => {
      const keys = await create();
      const alias = newAlias();
      await keys.findOrCreateKey(alias, "P-256");
      await assert.rejects(keys.findOrCreateKey(alias, "P-384"), (error) => {
        assert.ok(error instanceof Error);
        assert.equal(error.name, "Error");
        for (const part of [alias, "P256", "P384"]) {
          assert.ok(error.message.replaceAll("P-", "P").includes(part), error.message);
        }
        return true;
      });
    });
  });
}
