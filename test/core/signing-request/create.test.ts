import assert from "node:assert/strict";
import { it } from "node:test";
import { memoryIssuanceLedger } from "../../../adapters/memory/issuance-ledger.ts";
import { createRequest } from "../../../core/signing-request/create.ts";
import type { IssuanceAnswer } from "../../../core/issuance/issuance-answer.ts";
import { identityOfToken } from "../../../core/token/token-record.ts";
import { issuanceHarness } from "../../support/issuance-harness.ts";
import { enrolmentRequest } from "../../support/node-requests.ts";

/**
 * Two of one owner: one creates the request, the other fetches it. The token is revoked when the fetch has its use, so the
 * creation is refused; the fetch completes while the creation takes its request back.
 */
it("takes back no request whose certificate somebody was given meanwhile", async () => {
  const signing = Promise.withResolvers<undefined>();
  const takingBack = Promise.withResolvers<undefined>();
  let fetching: Promise<IssuanceAnswer> | undefined;
  const ledger = memoryIssuanceLedger({
    beforeEach: async (operation) => {
      if (operation !== "ledger.void" && operation !== "ledger.abandon") return;
      takingBack.resolve(undefined);
      await fetching;
    },
  });
  const harness = await issuanceHarness({
    alter: (outside) => ({
      ...outside,
      ledger,
      tokens: {
        ...outside.tokens,
        consume: async (...use) => {
          if (fetching === undefined) {
            fetching = harness.fetch(token, "alice");
            await signing.promise;
            await harness.stores.tokens.revoke(token.id, harness.clock.now());
          }
          return outside.tokens.consume(...use);
        },
      },
      signer: {
        sign: async (...message) => {
          signing.resolve(undefined);
          await takingBack.promise;
          return outside.signer.sign(...message);
        },
      },
    }),
  });
  const token = await harness.newToken({ maxUses: 5 });
  const stored = await harness.stores.tokens.read(token.id);
  assert.ok(stored);
  const { csr, parameters } = enrolmentRequest({ token, key: "k1", arrivedAt: harness.clock.now() });
  const created = await createRequest(
    { ...harness.services, objects: ledger },
    {
      identity: identityOfToken(stored),
      csr: csr(),
      parameters,
      arrivedAt: harness.clock.now(),
      token: stored,
      directory: harness.directory,
      name: { exact: "alice" },
      metadata: undefined,
      isDryRun: false,
    },
  );
  const given = await fetching;
  assert.ok(given?.issued);
  assert.equal(created.outcome, "created");
  const left = await ledger.read("alice");
  assert.deepEqual([left?.voidedAt, left?.removedAt], [undefined, undefined]);
  assert.deepEqual(left?.completion, given.record.completion);
});
