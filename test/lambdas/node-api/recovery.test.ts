import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { before, describe, it } from "node:test";
import type { APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import { encodePem } from "../../../core/asn1/pem.ts";
import { nodeApiHandler } from "../../../lambdas/node-api/handler.ts";
import type { Observer } from "../../../lambdas/observer.ts";
import { httpEvent } from "../../support/deployed/http-event.ts";
import { issuanceHarness, type IssuanceHarness } from "../../support/issuance-harness.ts";
import { certificateIn, csrOf, keyPairOf } from "../../support/node-requests.ts";
import { buildProof } from "../../support/proofs.ts";

const DAY = 24 * 3600;
const RENEW = "POST /v1/certificates/renew";
const HOST = "https://api.execute-api.eu-central-1.amazonaws.com";
const SILENT: Observer = {
  audit: () => undefined,
  begin: () => undefined,
  end: () => undefined,
  refused: () => undefined,
  failed: (error) => assert.fail(String(error)),
};

/** Over HTTP, as a thief of the disk or of the wire would try it: a node that has been off, its certificate expired. */
describe("recovery, attacked", () => {
  let harness: IssuanceHarness;
  let certificate: Uint8Array;
  let name: string;
  let send: (
    routeKey: string,
    plan: Omit<Parameters<typeof httpEvent>[0], "routeKey">,
  ) => Promise<APIGatewayProxyStructuredResultV2>;

  before(async () => {
    harness = await issuanceHarness();
    const answer = await harness.enrol({ token: await harness.newToken(), key: "h1" });
    certificate = certificateIn(answer);
    name = answer.record.name;
    await harness.confirm(name, answer.issued?.chain[0] ?? new Uint8Array());
    harness.clock.advance(8 * DAY);
    const handler = nodeApiHandler(harness.services, SILENT);
    send = (routeKey, plan) =>
      handler(httpEvent({ routeKey, at: harness.clock.now(), ...plan }), { awsRequestId: "1" } as Context);
  });

  const csrPem = (key: string): string => encodePem("CERTIFICATE REQUEST", csrOf(key).der);
  const proof = (path: string, csrKey?: string): string => {
    const iat = harness.clock.now().getTime() / 1000;
    const csrSha256 = csrKey === undefined ? {} : { csr_sha256: hash("sha256", csrOf(csrKey).der, "base64url") };
    const claims = { aud: HOST + path, iat, exp: iat + 300, jti: "1", ...csrSha256 };
    return buildProof({ keyPair: keyPairOf("h1"), certificate, claims });
  };
  const problemOf = ({ statusCode, body = "" }: APIGatewayProxyStructuredResultV2) => [
    statusCode,
    (JSON.parse(body) as { code: string }).code,
  ];

  it("has no use for an expired certificate but to renew, and to renew by nothing but a proof", async () => {
    const clientCertificatePem = encodePem("CERTIFICATE", certificate);
    const byHandshake = await send(RENEW, { body: { csr: csrPem("h2") }, clientCertificatePem });
    assert.deepEqual(problemOf(byHandshake), [401, "invalid_client_certificate"]);
    const path = { name };
    const fetched = await send("GET /v1/certificates/{name}", { path, clientCertificatePem });
    assert.deepEqual(problemOf(fetched), [401, "invalid_client_certificate"]);
    const confirming = proof(`/v1/certificates/${name}/confirmation`);
    const confirmed = await send("POST /v1/certificates/{name}/confirmation", { path, body: { proof: confirming } });
    assert.deepEqual(problemOf(confirmed), [401, "invalid_proof"]);
  });

  it("gives a copy of the request the same certificate, for a key the copier lacks, and a copy of its proof nothing", async () => {
    const made = proof("/v1/certificates/renew", "h2");
    const first = await send(RENEW, { body: { csr: csrPem("h2"), proof: made } });
    assert.equal(first.statusCode, 201, first.body);
    const replayed = await send(RENEW, { body: { csr: csrPem("h2"), proof: made } });
    assert.deepEqual([replayed.statusCode, replayed.body], [200, first.body]);
    const stolen = await send(RENEW, { body: { csr: csrPem("thief"), proof: made } });
    assert.deepEqual(problemOf(stolen), [401, "invalid_proof"]);
    harness.clock.advance(301);
    const late = await send(RENEW, { body: { csr: csrPem("h2"), proof: made } });
    assert.deepEqual(problemOf(late), [401, "invalid_proof"]);
    assert.equal((await harness.stores.nodes.read("n1.example"))?.lastRecovery?.count, 1);
  });

  it("makes whoever has the old key wait, then tells them that it is too late", async () => {
    // The first recovery was never confirmed: for ten minutes it might be the rightful node's lost answer.
    harness.clock.advance(1);
    const second = await send(RENEW, { body: { csr: csrPem("h3"), proof: proof("/v1/certificates/renew", "h3") } });
    assert.equal(second.statusCode, 201, second.body);
    harness.clock.advance(1);
    const third = await send(RENEW, { body: { csr: csrPem("h4"), proof: proof("/v1/certificates/renew", "h4") } });
    assert.deepEqual(problemOf(third), [429, "rate_limited"]);
    assert.equal(third.headers?.["retry-after"], "119");
    harness.clock.advance(600);
    const fourth = await send(RENEW, { body: { csr: csrPem("h4"), proof: proof("/v1/certificates/renew", "h4") } });
    assert.deepEqual(problemOf(fourth), [403, "certificate_superseded"]);
  });
});
