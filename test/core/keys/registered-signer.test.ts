import assert from "node:assert/strict";
import { createHash, randomUUID } from "node:crypto";
import { describe, it } from "node:test";
import { TAG } from "../../../core/asn1/der.ts";
import { encodeDer } from "../../../core/asn1/der-writer.ts";
import { registeredSigner } from "../../../core/keys/registered-signer.ts";
import { ECDSA_SHA256 } from "../../../core/keys/signature-algorithm.ts";
import type { Signer } from "../../../core/keys/signer.ts";
import { memorySignatureRegister } from "../../support/memory-signature-register.ts";

const NOW = new Date("2026-12-01T12:00:00Z");
const integer = (value: number) => encodeDer(TAG.integer, Uint8Array.of(value));
const sequence = (...parts: readonly Uint8Array[]) => encodeDer(TAG.sequence, Uint8Array.from(Buffer.concat(parts)));

const MESSAGES = [
  { kind: "certificate", message: sequence(encodeDer(0xa0, integer(2)), integer(7)) },
  { kind: "certificate-request", message: sequence(integer(0), sequence()) },
  { kind: "revocation-list", message: sequence(integer(1), sequence()) },
  { kind: "revocation-list", message: sequence(integer(1), ...Array.from({ length: 3000 }, () => integer(3))) },
] as const;

describe("a signer with a register", () => {
  for (const { kind, message } of MESSAGES) {
    it(`notes a ${kind} of ${message.length} octets before the key is asked, and the answer after it`, async () => {
      const register = memorySignatureRegister();
      const requestId = randomUUID();
      const seen: unknown[] = [];
      const signer: Signer = {
        sign: async () => {
          seen.push(...(await register.readDay("2026-12-01")));
          return { octets: Uint8Array.of(1), requestId };
        },
      };
      const attempt = randomUUID();
      const registered = registeredSigner({ signer, register, clock: () => NOW, newAttempt: () => attempt });
      assert.deepEqual(await registered.sign("key", ECDSA_SHA256, message), { octets: Uint8Array.of(1), requestId });
      const sha256 = createHash("sha256").update(message).digest("hex");
      const entry = { attempt, at: NOW, keyArn: "key", kind, sha256 };
      assert.deepEqual(seen, [{ ...entry, requestId: undefined }]);
      assert.deepEqual(await register.readDay("2026-12-01"), [{ ...entry, requestId }]);
    });
  }

  it("does not sign what it cannot note", async () => {
    const register = memorySignatureRegister({ beforeEach: () => Promise.reject(new Error("no table")) });
    const signer: Signer = { sign: () => assert.fail("the key was asked") };
    const registered = registeredSigner({ signer, register, clock: () => NOW, newAttempt: randomUUID });
    await assert.rejects(registered.sign("key", ECDSA_SHA256, MESSAGES[0].message), /no table/);
  });
});
