import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import type { Context } from "aws-lambda";
import { memoryIssuanceLedger } from "../../../../../adapters/memory/issuance-ledger.ts";
import { encodeBootstrapToken, randomBootstrapToken } from "../../../../../core/token/bootstrap-token.ts";
import { RefusalError } from "../../../../../core/refusal.ts";
import { nodeApiHandler } from "../../../../../lambdas/node-api/handler.ts";
import type { Observer } from "../../../../../lambdas/observer.ts";
import { httpEvent } from "../../../../support/deployed/http-event.ts";
import { issuanceHarness, type IssuanceHarness } from "../../../../support/issuance-harness.ts";
import { requestBody, REQUESTS_PATH } from "../../../../support/kubernetes-client.ts";

const CREATE = `POST ${REQUESTS_PATH}`;
const NAMED = "ANY /apis/{proxy+}";

/** Alarms count these lines, whichever way a request came: who guesses tokens here must be heard of too. */
describe("what Kubernetes' API refuses", () => {
  let harness: IssuanceHarness;
  let isBusy: boolean;
  let refused: string[];
  let handler: ReturnType<typeof nodeApiHandler>;
  beforeEach(async () => {
    isBusy = false;
    refused = [];
    const ledger = memoryIssuanceLedger();
    harness = await issuanceHarness({
      alter: (outside) => ({
        ...outside,
        ledger,
        signer: {
          sign: (...message) =>
            isBusy ? Promise.reject(new RefusalError("signer_busy", "busy")) : outside.signer.sign(...message),
        },
      }),
    });
    const observer: Observer = {
      audit: harness.services.audit,
      begin: () => undefined,
      end: () => undefined,
      refused: ({ code }) => void refused.push(code),
      failed: (error) => assert.fail(String(error)),
    };
    handler = nodeApiHandler(harness.services, observer, { objects: ledger });
  });

  const send = (routeKey: string, bearer: string, plan: { readonly body?: unknown; readonly name?: string } = {}) =>
    handler(
      httpEvent({
        routeKey,
        bearer,
        at: harness.clock.now(),
        ...(plan.body === undefined ? {} : { body: plan.body }),
        ...(plan.name === undefined ? {} : { method: "GET", rawPath: `${REQUESTS_PATH}/${plan.name}` }),
      }),
      { awsRequestId: "1" } as Context,
    );
  const told = (): readonly (string | undefined)[] => [
    ...refused,
    ...harness.audit.filter(({ event }) => event === "request_refused").map(({ refusalCode }) => refusalCode),
  ];

  it("is told to the log once: a token that is none", async () => {
    const answer = await send(CREATE, encodeBootstrapToken(randomBootstrapToken()), {
      body: requestBody({ name: "n" }),
    });
    assert.equal(answer.statusCode, 401);
    assert.deepEqual(told(), ["invalid_token"]);
  });

  it("is told to the log once: a name that is taken", async () => {
    const as = async () => encodeBootstrapToken(await harness.newToken());
    assert.equal((await send(CREATE, await as(), { body: requestBody({ name: "first" }) })).statusCode, 201);
    assert.equal((await send(CREATE, await as(), { body: requestBody({ name: "second" }) })).statusCode, 403);
    assert.deepEqual(told(), ["node_name_taken"]);
  });

  it("is told to the log each time the signer is busy, although the client only waits", async () => {
    isBusy = true;
    const as = encodeBootstrapToken(await harness.newToken());
    assert.equal((await send(CREATE, as, { body: requestBody({ name: "waits" }) })).statusCode, 201);
    assert.deepEqual(told(), ["signer_busy"]);
    assert.equal((await send(NAMED, as, { name: "waits" })).statusCode, 200);
    assert.deepEqual(told(), ["signer_busy", "signer_busy"]);
  });
});
