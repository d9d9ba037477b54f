import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { beforeEach, describe, it } from "node:test";
import type { APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import type { Der } from "../../../core/asn1/der.ts";
import { encodePem } from "../../../core/asn1/pem.ts";
import { KUBELET_CLIENT_SIGNER, KUBELET_SERVING_SIGNER } from "../../../core/certificate/profile.ts";
import { nodeApiHandler } from "../../../lambdas/node-api/handler.ts";
import type { Observer } from "../../../lambdas/observer.ts";
import { httpEvent } from "../../support/deployed/http-event.ts";
import { issuanceHarness, type IssuanceHarness } from "../../support/issuance-harness.ts";
import { certificateIn, csrOf, keyPairOf } from "../../support/node-requests.ts";
import { buildProof } from "../../support/proofs.ts";

const RENEW = "POST /v1/certificates/renew";
const HOST = "https://api.execute-api.eu-central-1.amazonaws.com";
const SILENT: Observer = {
  audit: () => undefined,
  begin: () => undefined,
  end: () => undefined,
  refused: () => undefined,
  failed: (error) => assert.fail(String(error)),
};

/** Finding A12: whoever saw a renewal on its way sends it again before it is confirmed, with something else beside the CSR. */
describe("a renewal's proof, sent again with other parameters", () => {
  let harness: IssuanceHarness;
  let certificate: Der;
  let send: (body: object, query?: string) => Promise<APIGatewayProxyStructuredResultV2>;

  beforeEach(async () => {
    harness = await issuanceHarness();
    const answer = await harness.enrol({ token: await harness.newToken(), key: "k1" });
    certificate = certificateIn(answer);
    await harness.confirm(answer.record.name, certificate);
    const handler = nodeApiHandler(harness.services, SILENT);
    send = (body, rawQueryString = "") => {
      harness.clock.advance(1);
      const csr = encodePem("CERTIFICATE REQUEST", csrOf("k2").der);
      const event = httpEvent({ routeKey: RENEW, at: harness.clock.now(), body: { csr, ...body } });
      const queryStringParameters = Object.fromEntries(new URLSearchParams(rawQueryString));
      return handler({ ...event, rawQueryString, queryStringParameters }, { awsRequestId: "1" } as Context);
    };
  });

  /** @param request the claim; undefined: an agent of 0.1 made it */
  const proofFor = (request: unknown): string => {
    const iat = harness.clock.now().getTime() / 1000;
    const csr_sha256 = hash("sha256", csrOf("k2").der, "base64url");
    const claims = { aud: `${HOST}/v1/certificates/renew`, iat, exp: iat + 120, jti: "1", csr_sha256, request };
    return buildProof({ keyPair: keyPairOf("k1"), certificate, claims });
  };

  const codeOf = ({ body = "" }: APIGatewayProxyStructuredResultV2) => (JSON.parse(body) as { code?: string }).code;
  const nameOf = ({ body = "" }: APIGatewayProxyStructuredResultV2) => (JSON.parse(body) as { name: string }).name;

  /** The node's own certificate is untouched, and nobody is accused of anything. */
  const assertUnharmed = async (first: APIGatewayProxyStructuredResultV2): Promise<void> => {
    const name = nameOf(first);
    const record = await harness.stores.ledger.read(name);
    assert.ok(record?.completion !== undefined && record.voidedAt === undefined);
    assert.ok(!harness.audit.some(({ event }) => event === "certificate_superseded_used"));
    await harness.confirm(name, await issuedUnder(name));
    assert.equal((await harness.stores.nodes.read("n1.example"))?.anchor?.intentName, name);
  };
  const issuedUnder = async (name: string): Promise<Der> => {
    harness.clock.advance(1);
    const { issued } = await harness.renew({ certificate, key: "k2" });
    const [leaf] = issued?.chain ?? [];
    assert.ok(leaf, `${name} has its certificate`);
    return leaf;
  };

  const FULL = {
    signerName: KUBELET_CLIENT_SIGNER,
    usages: ["digital signature", "client auth"],
    expirationSeconds: 3600,
    trustBundleSequence: 1,
  };
  const ATTACKED = { usages: ["digital signature", "client auth", "key encipherment"], expirationSeconds: 600 };

  const changed: Record<string, { made: object; sent: object }> = {
    "the replay of the finding": { made: {}, sent: ATTACKED },
    "another lifetime": { made: FULL, sent: { ...FULL, expirationSeconds: 600 } },
    "a lifetime that was not asked for": { made: {}, sent: { expirationSeconds: 600 } },
    "no lifetime where one was asked for": { made: FULL, sent: { ...FULL, expirationSeconds: undefined } },
    "usages in another order": { made: FULL, sent: { ...FULL, usages: ["client auth", "digital signature"] } },
    "a usage less": { made: FULL, sent: { ...FULL, usages: ["client auth"] } },
    "the default signer by name, where none was named": { made: {}, sent: { signerName: KUBELET_CLIENT_SIGNER } },
    "no signer, where the default one was named": { made: FULL, sent: { ...FULL, signerName: undefined } },
    "another signer": { made: FULL, sent: { ...FULL, signerName: KUBELET_SERVING_SIGNER } },
    "another trust bundle reported": { made: FULL, sent: { ...FULL, trustBundleSequence: 2 } },
  };
  for (const [what, { made, sent }] of Object.entries(changed)) {
    it(`refuses ${what}`, async () => {
      const proof = proofFor(made);
      const first = await send({ ...made, proof });
      assert.equal(first.statusCode, 201, first.body);
      const replayed = await send({ ...sent, proof });
      assert.deepEqual([replayed.statusCode, codeOf(replayed)], [401, "invalid_proof"]);
      assert.match(replayed.body ?? "", /it was made for another request: its \w+ is not the body's/);
      const again = await send({ ...made, proof });
      assert.deepEqual([again.statusCode, again.body], [200, first.body]);
    });
  }

  it("takes nothing from the query of a renewal", async () => {
    const proof = proofFor({});
    const first = await send({ proof });
    const replayed = await send({ proof }, "expirationSeconds=600&usages=client%20auth");
    assert.deepEqual([replayed.statusCode, replayed.body], [200, first.body]);
    await assertUnharmed(first);
  });

  for (const claim of [null, [], "", 0, true, { csr: "another" }, { __proto__: null, toString: 1 }, { "": 1 }]) {
    it(`refuses a proof whose claim request is ${JSON.stringify(claim)}`, async () => {
      const refused = await send({ proof: proofFor(claim) });
      assert.deepEqual([refused.statusCode, codeOf(refused)], [401, "invalid_proof"]);
    });
  }

  describe("made by an agent of 0.1, without the claim", () => {
    it("is good for its request, and gives the same certificate whatever else is asked with it", async () => {
      const proof = proofFor(undefined);
      const first = await send({ proof });
      assert.equal(first.statusCode, 201, first.body);
      for (const parameters of [ATTACKED, { expirationSeconds: 600 }]) {
        const replayed = await send({ ...parameters, proof });
        assert.deepEqual([replayed.statusCode, replayed.body], [200, first.body]);
      }
      await assertUnharmed(first);
    });

    it("makes no second intent of one CSR under another signer", async () => {
      const proof = proofFor(undefined);
      const first = await send({ proof });
      for (const signerName of [KUBELET_SERVING_SIGNER, "kubernetes.io/kube-apiserver-client"]) {
        const replayed = await send({ signerName, proof });
        assert.deepEqual([replayed.statusCode, codeOf(replayed)], [403, "denied_by_policy"], signerName);
      }
      await assertUnharmed(first);
    });
  });
});
