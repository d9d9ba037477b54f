import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, it } from "node:test";
import {
  SIGNED_KINDS,
  type RegisteredSignature,
  type SignatureRegister,
} from "../../../core/keys/signature-register.ts";
import { minutesLater, NOW } from "../../support/stored-records.ts";

const DAY = NOW.toISOString().slice(0, 10);
const KEY_ARN = "arn:aws:kms:eu-central-1:123456789012:key/00000000-0000-4000-8000-000000000000";

function signature(change: Partial<RegisteredSignature> = {}): RegisteredSignature {
  return {
    attempt: randomUUID(),
    at: NOW,
    keyArn: KEY_ARN,
    kind: "revocation-list",
    sha256: "ab".repeat(32),
    ...change,
  };
}

/** Every sentence of `SignatureRegister` as a test. `create` gives an empty one. */
export function signatureRegisterContract(create: () => Promise<SignatureRegister>): void {
  describe("SignatureRegister", () => {
    it("has nothing at first", async () => {
      assert.deepEqual(await (await create()).readDay(DAY), []);
    });

    it("gives back what was begun, with the answer where there was one, by time", async () => {
      const register = await create();
      const entries = [...SIGNED_KINDS, ...SIGNED_KINDS].map((kind, index) =>
        signature({ kind, at: new Date(NOW.getTime() + index * 1000) }),
      );
      for (const entry of entries.toReversed()) await register.begin(entry);
      const requestIds = entries.map((_, index) => (index % 2 === 0 ? randomUUID() : undefined));
      for (const [index, entry] of entries.entries()) {
        const requestId = requestIds[index];
        if (requestId !== undefined) await register.answer(entry, requestId);
      }
      const expected = entries.map((entry, index) => ({ ...entry, requestId: requestIds[index] }));
      assert.deepEqual(await register.readDay(DAY), expected);
    });

    it("keeps entries of one moment apart, and those of other days away", async () => {
      const register = await create();
      await Promise.all(Array.from({ length: 20 }, () => register.begin(signature())));
      await register.begin(signature({ at: minutesLater(24 * 60) }));
      assert.equal((await register.readDay(DAY)).length, 20);
    });
  });
}
