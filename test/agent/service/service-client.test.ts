import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SYSTEM_CLOCK } from "../../../agent/program/clock.ts";
import type { Transport } from "../../../agent/service/exchange.ts";
import { parseServiceUrl, serviceClient } from "../../../agent/service/service-client.ts";
import { ServiceClock } from "../../../agent/service/service-clock.ts";
import { parseJsonObject, type JsonObject } from "../../../core/input/json-object.ts";
import { pairOf } from "../support/certificate-pairs.ts";

describe("parseServiceUrl", () => {
  it("accepts a path prefix", () => assert.equal(parseServiceUrl("https://x.test/prod").href, "https://x.test/prod/"));
  for (const text of [
    "http://x.test",
    "x.test",
    "https://user@x.test",
    "https://x.test/?a=b",
    "https://x.test/#a",
    "",
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.throws(() => parseServiceUrl(text), { name: "UsageError" }));
  }
});

describe("serviceClient", () => {
  const requests: [string, { signerName?: string; expirationSeconds?: number }, number | undefined][] = [
    ["nothing beside the CSR", {}, undefined],
    ["all that can be asked", { signerName: "kubernetes.io/kubelet-serving", expirationSeconds: 3600 }, 7],
    ["a lifetime only", { expirationSeconds: 600 }, undefined],
  ];
  for (const [what, parameters, sequence] of requests) {
    it(`vouches by the proof of a renewal for the whole body: ${what}`, async () => {
      const body = await bodyOfRenewal(parameters, sequence);
      const { csr, proof, ...asked } = body;
      assert.equal(typeof csr, "string");
      assert.deepEqual(claimsOf(proof)["request"], asked);
      assert.deepEqual(asked, JSON.parse(JSON.stringify({ ...parameters, trustBundleSequence: sequence })));
    });
  }
});

async function bodyOfRenewal(parameters: object, sequence: number | undefined): Promise<JsonObject> {
  let body: JsonObject | undefined;
  const transport: Transport = ({ body: sent = "" }) => {
    body = parseJsonObject(sent);
    return Promise.resolve({
      status: 403,
      headers: { "content-type": "application/problem+json" },
      body: '{"code":"denied_by_policy","detail":"no"}',
    });
  };
  const client = serviceClient(new URL("https://x.test/"), transport, new ServiceClock(SYSTEM_CLOCK));
  const request = { csrDer: Buffer.from("a CSR"), ...parameters };
  await assert.rejects(client.renew(await pairOf("P-256"), request, sequence), { code: "denied_by_policy" });
  assert.ok(body);
  return body;
}

function claimsOf(proof: unknown): JsonObject {
  const [, claims = ""] = String(proof).split(".");
  return parseJsonObject(Buffer.from(claims, "base64url").toString()) ?? {};
}
