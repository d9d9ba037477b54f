import type { APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import assert from "node:assert/strict";
import { keySetOf } from "../../adapters/identity-provider/json-web-key-set.ts";
import type { JsonWebKeys } from "../../core/attestation/identity-provider.ts";
import type { KeyLocation } from "../../core/attestation/key-set.ts";
import { identityTokens } from "../../core/attestation/verify-token.ts";
import { encodePem } from "../../core/asn1/pem.ts";
import { parseNewPolicy } from "../../core/policy/policy-document.ts";
import { nodeApiHandler } from "../../lambdas/node-api/handler.ts";
import type { Observer } from "../../lambdas/observer.ts";
import { httpEvent } from "./deployed/http-event.ts";
import { issuanceHarness, type HarnessOptions, type IssuanceHarness } from "./issuance-harness.ts";

/** The node API with the real core and the real verifier, and issuers whose keys are at hand. */
export interface AttestedService {
  readonly harness: IssuanceHarness;
  /** Every look at an issuer's keys. */
  readonly fetches: KeyLocation[];
  /** By issuer; what is not here cannot be had. */
  readonly keys: Map<string, JsonWebKeys>;
  readonly join: (bearer: string | undefined, csr: Uint8Array, body?: object) => Promise<Answer>;
  readonly fetch: (bearer: string, name: string) => Promise<Answer>;
  /** Seconds since the epoch. */
  readonly now: () => number;
  /** All that went to the log. */
  readonly logged: unknown[];
}

export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, unknown>>;
}

export async function attestedService(
  policyDocument: object,
  options: Omit<HarnessOptions, "policy"> = {},
): Promise<AttestedService> {
  const policy = parseNewPolicy(policyDocument);
  const harness = await issuanceHarness({ ...options, policy });
  const fetches: KeyLocation[] = [];
  const keys = new Map<string, JsonWebKeys>();
  const logged: unknown[] = [];
  const source = {
    of: keySetOf,
    fetch: async (location: KeyLocation) => {
      fetches.push(location);
      const found = keys.get(location.issuer);
      return found && (await keySetOf(found));
    },
  };
  const observer: Observer = {
    audit: (event) => void logged.push(event),
    begin: () => undefined,
    end: () => undefined,
    refused: ({ code, rule, field }) => void logged.push({ code, rule, field }),
    failed: (error) => assert.fail(String(error)),
  };
  const { clock } = harness.services;
  const handler = nodeApiHandler(
    { ...harness.services, identityTokens: identityTokens(policy, source, clock) },
    observer,
  );
  const send = async (plan: Parameters<typeof httpEvent>[0]): Promise<Answer> =>
    answerOf(await handler(httpEvent({ at: clock(), ...plan }), { awsRequestId: "1" } as Context));
  return {
    harness,
    fetches,
    keys,
    logged,
    now: () => Math.floor(clock().getTime() / 1000),
    join: (bearer, csr, body = {}) =>
      send({
        routeKey: "POST /v1/certificates",
        ...(bearer === undefined ? {} : { bearer }),
        body: { csr: encodePem("CERTIFICATE REQUEST", csr), ...body },
      }),
    fetch: (bearer, name) => send({ routeKey: "GET /v1/certificates/{name}", path: { name }, bearer }),
  };
}

function answerOf({ statusCode = 0, body = "{}", headers = {} }: APIGatewayProxyStructuredResultV2): Answer {
  return { status: statusCode, body: JSON.parse(body) as Answer["body"], headers };
}
