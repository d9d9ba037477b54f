import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { beforeEach, describe, it } from "node:test";
import type { APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import { buildCertificateRequest } from "../../../agent/certificate/certificate-request.ts";
import { kubeletNames } from "../../../agent/certificate/certificate-names.ts";
import type { Der } from "../../../core/asn1/der.ts";
import { encodePem, parsePem } from "../../../core/asn1/pem.ts";
import { KUBELET_CLIENT_SIGNER, KUBELET_SERVING_SIGNER, SERVER_SIGNER } from "../../../core/certificate/profile.ts";
import { DEFAULT_TOKEN_GROUP, encodeBootstrapToken } from "../../../core/token/bootstrap-token.ts";
import { DEFAULT_POLICY, RULE_DEFAULTS, type PolicyRule } from "../../../core/policy/policy.ts";
import { decideRequest } from "../../../core/signing-request/decide.ts";
import { nodeApiHandler } from "../../../lambdas/node-api/handler.ts";
import type { Observer } from "../../../lambdas/observer.ts";
import { httpEvent } from "../../support/deployed/http-event.ts";
import { issuanceHarness, type IssuanceHarness } from "../../support/issuance-harness.ts";
import { certificateIn, keyPairOf } from "../../support/node-requests.ts";
import { buildProof } from "../../support/proofs.ts";

const ASK = "POST /v1/certificates";
const RENEW = "POST /v1/certificates/renew";
const CONFIRM = "POST /v1/certificates/{name}/confirmation";
const HOST = "https://api.execute-api.eu-central-1.amazonaws.com";
const NODE = "n1.example";
const SILENT: Observer = {
  audit: () => undefined,
  begin: () => undefined,
  end: () => undefined,
  refused: () => undefined,
  failed: (error) => assert.fail(String(error)),
};
const SERVING_RULE: PolicyRule = {
  ...RULE_DEFAULTS,
  name: "node-serving",
  group: "system:nodes",
  signerName: KUBELET_SERVING_SIGNER,
  ownNameOnly: true,
  dnsNames: ["{name}"],
  ipAddresses: ["10.0.0.0/8"],
};

interface Holder {
  readonly key: string;
  readonly certificate: Der;
}

interface Ask {
  readonly by: Holder;
  readonly key: string;
  readonly nodeName?: string;
  readonly ipAddresses?: readonly string[];
  readonly signerName?: string;
  /** The proof's claim, if it is not the body's members. */
  readonly claimed?: Readonly<Record<string, unknown>> | null;
  readonly routeKey?: string;
}

describe("a node's serving certificate, by proof of its client certificate", () => {
  let harness: IssuanceHarness;
  let node: Holder;
  let send: (routeKey: string, body: object, plan?: object) => Promise<APIGatewayProxyStructuredResultV2>;

  const begin = async (...rules: PolicyRule[]): Promise<void> => {
    harness = await issuanceHarness({ policy: { ...DEFAULT_POLICY, rules: [...DEFAULT_POLICY.rules, ...rules] } });
    const answer = await harness.enrol({ token: await harness.newToken(), key: "k1" });
    node = { key: "k1", certificate: certificateIn(answer) };
    await harness.confirm(answer.record.name, node.certificate);
    const handler = nodeApiHandler(harness.services, SILENT);
    send = (routeKey, body, plan = {}) => {
      harness.clock.advance(1);
      const event = httpEvent({ routeKey, at: harness.clock.now(), body, ...plan });
      return handler(event, { awsRequestId: "1" } as Context);
    };
  };
  beforeEach(() => begin(SERVING_RULE));

  const csrFor = ({ key, nodeName = NODE, ipAddresses = ["10.0.0.7"] }: Ask): Der => {
    const names = { ...kubeletNames(nodeName), dnsNames: [nodeName], ipAddresses };
    return buildCertificateRequest(names, {
      ...keyPairOf(key),
      keyType: "P-256",
      spki: Buffer.from(keyPairOf(key).spki),
    });
  };
  const proofBy = (by: Holder, path: string, csr: Der | undefined, request: unknown): string => {
    const iat = Math.floor(harness.clock.now().getTime() / 1000);
    const bound = csr === undefined ? {} : { csr_sha256: hash("sha256", csr, "base64url") };
    const claims = { aud: `${HOST}${path}`, iat, exp: iat + 120, jti: "1", ...bound, request };
    return buildProof({ keyPair: keyPairOf(by.key), certificate: by.certificate, claims });
  };
  const ask = (plan: Ask): Promise<APIGatewayProxyStructuredResultV2> => {
    const { by, signerName = KUBELET_SERVING_SIGNER, claimed, routeKey = ASK } = plan;
    const csr = csrFor(plan);
    const path = routeKey.split(" ")[1] ?? "";
    const proof = proofBy(by, path, csr, claimed === null ? undefined : (claimed ?? { signerName }));
    return send(routeKey, { csr: encodePem("CERTIFICATE REQUEST", csr), signerName, proof });
  };
  const bodyOf = ({ body = "" }: APIGatewayProxyStructuredResultV2) => JSON.parse(body) as Record<string, string>;
  const issuedTo = (key: string, answer: APIGatewayProxyStructuredResultV2): Holder => {
    assert.equal(answer.statusCode, 201, answer.body);
    const [leaf = ""] = (bodyOf(answer)["certificate"] ?? "").split(/(?<=-----END CERTIFICATE-----\n)/);
    return { key, certificate: parsePem(leaf, "CERTIFICATE") };
  };
  const confirm = async (holder: Holder, { name = "" }: Record<string, string>): Promise<void> => {
    const proof = proofBy(holder, `/v1/certificates/${name}/confirmation`, undefined, {});
    const { statusCode, body } = await send(CONFIRM, { proof }, { path: { name } });
    assert.equal(statusCode, 204, body);
  };
  const isSuspected = async (): Promise<boolean> =>
    (await harness.stores.nodes.read(NODE))?.supersededUse !== undefined ||
    harness.audit.some(({ event }) => event === "certificate_superseded_used");

  it("is given, confirmed by its own key, and replaced by one with other addresses", async () => {
    const first = await ask({ by: node, key: "s1" });
    const serving = issuedTo("s1", first);
    assert.equal((await ask({ by: node, key: "s1" })).statusCode, 200, "the same request, the same certificate");
    await confirm(serving, bodyOf(first));
    const second = await ask({ by: node, key: "s2", ipAddresses: ["10.0.0.8"] });
    await confirm(issuedTo("s2", second), bodyOf(second));
    assert.equal(await isSuspected(), false);
  });

  it("is given over mutual TLS, too", async () => {
    const csr = encodePem("CERTIFICATE REQUEST", csrFor({ by: node, key: "s1" }));
    const clientCertificatePem = encodePem("CERTIFICATE", node.certificate);
    const answer = await send(ASK, { csr, signerName: KUBELET_SERVING_SIGNER }, { clientCertificatePem });
    assert.equal(answer.statusCode, 201, answer.body);
  });

  it("renews itself, and is good for nothing else: nobody is accused for trying", async () => {
    const first = await ask({ by: node, key: "s1" });
    const serving = issuedTo("s1", first);
    await confirm(serving, bodyOf(first));
    for (const signerName of [KUBELET_CLIENT_SIGNER, SERVER_SIGNER]) {
      const refused = await ask({ by: serving, key: "s2", signerName, routeKey: RENEW });
      assert.equal(bodyOf(refused)["code"], "denied_by_policy");
      assert.match(bodyOf(refused)["detail"] ?? "", /is a server's, of kubernetes\.io\/kubelet-serving/);
    }
    assert.equal(bodyOf(await ask({ by: serving, key: "s2" }))["code"], "invalid_proof");
    const renewed = await ask({ by: serving, key: "s2", routeKey: RENEW });
    await confirm(issuedTo("s2", renewed), bodyOf(renewed));
    assert.equal(await isSuspected(), false);
    const old = await ask({ by: serving, key: "s3", routeKey: RENEW });
    assert.equal(bodyOf(old)["code"], "certificate_superseded");
  });

  it("adds no address by its renewal that it did not have, whatever the rule allows, and may have fewer", async () => {
    const first = await ask({ by: node, key: "s1", ipAddresses: ["10.0.0.7", "10.0.0.8"] });
    const serving = issuedTo("s1", first);
    await confirm(serving, bodyOf(first));
    const more = { by: serving, key: "s2", routeKey: RENEW, ipAddresses: ["10.0.0.7", "10.0.0.9"] };
    const refused = bodyOf(await ask(more));
    assert.deepEqual([refused["code"], refused["field"]], ["denied_by_policy", "ipAddresses"]);
    assert.match(refused["detail"] ?? "", /may not add "10\.0\.0\.9": the certificate has 10\.0\.0\.7, 10\.0\.0\.8/);
    issuedTo("s2", await ask({ ...more, ipAddresses: ["10.0.0.8"] }));
  });

  it("is denied where no rule gives it: the default", async () => {
    await begin();
    const refused = bodyOf(await ask({ by: node, key: "s1" }));
    assert.deepEqual([refused["code"], refused["rule"]], ["denied_by_policy", "default-deny"]);
  });

  it("waits for an administrator where the rule says so, and is the same request after the client renewed", async () => {
    await begin({ ...SERVING_RULE, approval: "manual" });
    const first = await ask({ by: node, key: "s1" });
    assert.equal(first.statusCode, 202, first.body);
    const renewed = await harness.renew({ certificate: node.certificate, key: "k2" });
    const next = { key: "k2", certificate: certificateIn(renewed) };
    await harness.confirm(renewed.record.name, next.certificate);
    const { name = "" } = bodyOf(first);
    const decision = { outcome: "Approved" as const, by: "operator", reason: "", message: "" };
    await decideRequest({ ...harness.services, ...harness.stores }, name, decision);
    const answer = await ask({ by: next, key: "s1" });
    assert.equal(bodyOf(answer)["name"], name);
    issuedTo("s1", answer);
  });

  it("is refused for another's name, for another signer, and to whoever has a copy of an old key", async () => {
    for (const plan of [
      { by: node, key: "s1", nodeName: "n2.example" },
      { by: node, key: "s1", signerName: KUBELET_CLIENT_SIGNER },
      { by: node, key: "s1", signerName: SERVER_SIGNER },
    ])
      assert.equal(bodyOf(await ask(plan))["code"], "denied_by_policy", JSON.stringify(plan));
    const renewed = await harness.renew({ certificate: node.certificate, key: "k2" });
    await harness.confirm(renewed.record.name, certificateIn(renewed));
    assert.equal(bodyOf(await ask({ by: node, key: "s1" }))["code"], "certificate_superseded");
  });

  it("needs a proof that says all that is asked for, alone", async () => {
    for (const claimed of [null, {}, { signerName: KUBELET_CLIENT_SIGNER }])
      assert.equal(bodyOf(await ask({ by: node, key: "s1", claimed }))["code"], "invalid_proof");
    const csr = csrFor({ by: node, key: "s1" });
    const body = { csr: encodePem("CERTIFICATE REQUEST", csr), proof: proofBy(node, "/v1/certificates", csr, {}) };
    const bearer = encodeBootstrapToken(await harness.newToken({ groups: [DEFAULT_TOKEN_GROUP] }));
    assert.equal(bodyOf(await send(ASK, body, { bearer }))["code"], "malformed_request");
    assert.equal(bodyOf(await send(ASK, { csr: body.csr }))["code"], "invalid_token");
  });

  it("costs three round trips more than nothing: what is read, reserved, signed, completed", async () => {
    harness.calls.length = 0;
    await ask({ by: node, key: "s1" });
    assert.deepEqual(harness.calls, [
      "ledger.read",
      "nodes.read",
      "nodes.read",
      "ledger.reserve",
      "nodes.write",
      "signer.sign",
      "ledger.complete",
    ]);
  });
});
