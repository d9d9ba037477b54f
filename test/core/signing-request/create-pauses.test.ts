import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { memoryIssuanceLedger } from "../../../adapters/memory/issuance-ledger.ts";
import { identityOfToken } from "../../../core/token/token-record.ts";
import { createRequest } from "../../../core/signing-request/create.ts";
import { RefusalError } from "../../../core/refusal.ts";
import { issuanceHarness } from "../../support/issuance-harness.ts";
import { csrOf, PARAMETERS } from "../../support/node-requests.ts";

describe("a fleet whose requests are refused because the tables are busy", () => {
  it("is sent away for times of its own, although it shares a token", async () => {
    const harness = await issuanceHarness();
    const { services, stores, clock, directory } = harness;
    const token = await stores.tokens.read((await harness.newToken()).id);
    assert.ok(token);
    const ledger = {
      ...services.ledger,
      createPending: () => Promise.reject(new RefusalError("rate_limited", "busy", { retryAfterSeconds: 1 })),
    };
    const refusedFor = async (nodeName: string): Promise<number> => {
      const creation = {
        identity: identityOfToken(token),
        csr: csrOf("k1", nodeName),
        parameters: PARAMETERS,
        arrivedAt: clock.now(),
        token,
        directory,
        name: { prefix: "node-csr-" },
        metadata: undefined,
        isDryRun: false,
      };
      const made = createRequest({ ...services, ledger, objects: memoryIssuanceLedger() }, creation);
      const refusal = await made.then(
        () => assert.fail("it was created"),
        (error: unknown) => error,
      );
      assert.ok(refusal instanceof RefusalError);
      assert.equal(refusal.code, "rate_limited");
      return refusal.retryAfterSeconds ?? 0;
    };
    const pauses = await Promise.all(Array.from({ length: 40 }, (_, index) => refusedFor(`n${index}.example`)));
    assert.deepEqual([Math.min(...pauses), Math.max(...pauses), new Set(pauses).size], [2, 6, 5]);
    assert.equal(await refusedFor("n1.example"), pauses[1], "the same each time");
  });
});
