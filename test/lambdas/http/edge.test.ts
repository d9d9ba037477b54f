import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { RefusalError } from "../../../core/refusal.ts";
import { fromEdge, type Edge } from "../../../lambdas/http/edge.ts";
import { httpEvent } from "../../support/deployed/http-event.ts";

const SECRET = "s".repeat(64);
const EDGE: Edge = { domainName: "nodes.example.com", isSecret: (text) => Promise.resolve(text === SECRET) };
const PEM = "-----BEGIN CERTIFICATE-----\nMIIB+/==\nAAAA\n-----END CERTIFICATE-----\n";
const ENCODED = encodeURIComponent(PEM);

const FROM_CLOUDFRONT = {
  "x-nodeseal-edge-secret": SECRET,
  "cloudfront-viewer-address": "198.51.100.10:46532",
  "cloudfront-viewer-cert-present": "1",
  "cloudfront-viewer-cert-pem": ENCODED,
};

function eventWith(headers: Readonly<Record<string, string>>, domainName = EDGE.domainName): APIGatewayProxyEventV2 {
  const event = httpEvent({ routeKey: "GET /healthz" });
  return { ...event, headers: { ...headers, accept: "*/*" }, requestContext: { ...event.requestContext, domainName } };
}

const certificateOf = ({ requestContext }: APIGatewayProxyEventV2) =>
  requestContext.authentication?.clientCert.clientCertPem;

describe("a request from the edge", () => {
  it("has its certificate where API Gateway puts one, and its address where CloudFront's was", async () => {
    const event = await fromEdge(eventWith(FROM_CLOUDFRONT), EDGE);
    assert.equal(certificateOf(event), PEM);
    assert.equal(event.requestContext.http.sourceIp, "198.51.100.10");
    assert.equal(event.requestContext.domainName, "nodes.example.com");
  });

  it("keeps nothing of the edge's own headers, the secret least of all", async () => {
    const { headers } = await fromEdge(eventWith({ ...FROM_CLOUDFRONT, "cloudfront-viewer-cert-sha256": "x" }), EDGE);
    assert.deepEqual(headers, { accept: "*/*" });
  });

  it("is anonymous without a certificate, whatever the client claims in the edge's words", async () => {
    const event = await fromEdge(eventWith({ ...FROM_CLOUDFRONT, "cloudfront-viewer-cert-present": "0" }), EDGE);
    assert.equal(certificateOf(event), undefined);
    assert.equal(event.requestContext.authentication, undefined);
  });

  const addresses = {
    "198.51.100.10:46532": "198.51.100.10",
    "2001:db8::1:46532": "2001:db8::1",
    "2001:0db8:0000:0000:0000:0000:0000:0001:46532": "2001:0db8:0000:0000:0000:0000:0000:0001",
    "[2001:db8::1]:443": "2001:db8::1",
  };
  for (const [text, address] of Object.entries(addresses)) {
    it(`comes from ${address} when CloudFront says ${text}`, async () => {
      const event = await fromEdge(eventWith({ ...FROM_CLOUDFRONT, "cloudfront-viewer-address": text }), EDGE);
      assert.equal(event.requestContext.http.sourceIp, address);
    });
  }

  it("takes PEM as CloudFront may write it: signs of base64 encoded or not, lines parted either way", async () => {
    for (const encoded of [
      ENCODED,
      ENCODED.replaceAll("%2B", "+").replaceAll("%2F", "/").replaceAll("%3D", "="),
      ENCODED.replaceAll("%0A", "%0D%0A").toLowerCase().replace("begin", "BEGIN"),
    ]) {
      const event = await fromEdge(eventWith({ ...FROM_CLOUDFRONT, "cloudfront-viewer-cert-pem": encoded }), EDGE);
      assert.equal(certificateOf(event), decodeURIComponent(encoded));
    }
  });

  const strange: readonly { why: string; headers: Readonly<Record<string, string>>; code: string }[] = [
    {
      why: "not saying whether there is a certificate",
      headers: { "cloudfront-viewer-cert-present": "" },
      code: "invalid_client_certificate",
    },
    {
      why: "saying so twice",
      headers: { "cloudfront-viewer-cert-present": "0,1" },
      code: "invalid_client_certificate",
    },
    {
      why: "with two certificates",
      headers: { "cloudfront-viewer-cert-pem": `${ENCODED},${ENCODED}` },
      code: "invalid_client_certificate",
    },
    {
      why: "with a chain",
      headers: { "cloudfront-viewer-cert-pem": ENCODED + ENCODED },
      code: "invalid_client_certificate",
    },
    {
      why: "with a certificate announced and none there",
      headers: { "cloudfront-viewer-cert-pem": "" },
      code: "invalid_client_certificate",
    },
    {
      why: "with another escape",
      headers: { "cloudfront-viewer-cert-pem": ENCODED.replace("MIIB", "M%00IB") },
      code: "invalid_client_certificate",
    },
    {
      why: "with half an escape",
      headers: { "cloudfront-viewer-cert-pem": ENCODED.replace("MIIB", "M%") },
      code: "invalid_client_certificate",
    },
    {
      why: "with a certificate beyond any of ours",
      headers: { "cloudfront-viewer-cert-pem": ENCODED.replace("MIIB", "A".repeat(9000)) },
      code: "invalid_client_certificate",
    },
    { why: "without an address", headers: { "cloudfront-viewer-address": "" }, code: "malformed_request" },
    {
      why: "with a name for an address",
      headers: { "cloudfront-viewer-address": "localhost:1" },
      code: "malformed_request",
    },
    {
      why: "with two addresses",
      headers: { "cloudfront-viewer-address": "192.0.2.1:1,192.0.2.2:2" },
      code: "malformed_request",
    },
  ];
  for (const { why, headers, code } of strange) {
    it(`is refused ${why}`, async () => {
      await assert.rejects(
        fromEdge(eventWith({ ...FROM_CLOUDFRONT, ...headers }), EDGE),
        (error) => error instanceof RefusalError && error.code === code,
      );
    });
  }
});

describe("a request that did not come from the edge", () => {
  for (const [why, secret] of Object.entries({
    none: undefined,
    "an empty": "",
    "a wrong": "t".repeat(64),
    two: `${SECRET},${SECRET}`,
  })) {
    it(`finds nothing at the edge's host with ${why} secret`, async () => {
      const named = Object.entries({ ...FROM_CLOUDFRONT, "x-nodeseal-edge-secret": secret });
      const headers = Object.fromEntries(
        named.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
      );
      for (const host of ["nodes.example.com", "NODES.example.com"])
        await assert.rejects(
          fromEdge(eventWith(headers, host), EDGE),
          (error) =>
            error instanceof RefusalError && error.code === "not_found" && !error.message.includes("s".repeat(9)),
        );
    });
  }

  it("is what it is at another host, though it had every header of the edge", async () => {
    const event = eventWith(FROM_CLOUDFRONT, "api.execute-api.eu-central-1.amazonaws.com");
    assert.equal(await fromEdge(event, EDGE), event);
    assert.equal(certificateOf(event), undefined);
  });
});
