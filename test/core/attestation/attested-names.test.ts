import type { Der } from "../../../core/asn1/der.ts";
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { boundAudience } from "../../../core/attestation/csr-binding.ts";
import { attestedService, type Answer, type AttestedService } from "../../support/attested-service.ts";
import { jwksOf, newTestKey, signToken } from "../../support/identity-issuer.ts";
import { csrOf } from "../../support/node-requests.ts";
import { KUBELET_CLIENT_SIGNER } from "../../../core/certificate/profile.ts";

const ISSUER = "https://issuer.example";
const AUDIENCE = "https://nodeseal.example";
const GROUP = "system:bootstrappers:kubeadm:default-node-token";
const CLIENT_GROUP = "clients";
/** Two whose certificates authenticate one client. */
const CLIENT_SIGNER = "nodeseal.dev/client";
const API_CLIENT_SIGNER = "kubernetes.io/kube-apiserver-client";
const key = newTestKey("k1");
const rule = { provider: "ci", groups: [GROUP, CLIENT_GROUP], nodeName: "{claims.host}" };
const policy = {
  version: "identities",
  rules: [
    { name: "nodes", group: GROUP, signerName: KUBELET_CLIENT_SIGNER },
    { name: "clients", group: CLIENT_GROUP, signerName: CLIENT_SIGNER },
    { name: "api-clients", group: CLIENT_GROUP, signerName: API_CLIENT_SIGNER },
    { name: "renewal", group: "system:nodes", signerName: KUBELET_CLIENT_SIGNER, ownNameOnly: true },
  ],
  identityProviders: [{ kind: "oidc", name: "ci", issuer: ISSUER, audience: AUDIENCE }],
  identityRules: [
    { ...rule, name: "replaceable", claims: { kind: ["replaceable"] }, replace: "same-principal" },
    { ...rule, name: "fixed", claims: { kind: ["fixed"] } },
  ],
};

describe("a name that comes from an identity token", () => {
  let service: AttestedService;

  beforeEach(async () => {
    service = await attestedService(policy);
    service.keys.set(ISSUER, jwksOf(key));
  });

  const csr = (name: string, host = "n1.example", signerName = KUBELET_CLIENT_SIGNER) =>
    csrOf(name, host, signerName).der;
  const tokenFor = (der: Der, claims: object): string => {
    const iat = service.now();
    const aud = boundAudience(AUDIENCE, der);
    return signToken({
      key,
      claims: { iss: ISSUER, sub: "m1", aud, iat, exp: iat + 300, host: "n1.example", kind: "fixed", ...claims },
    });
  };
  const join = (der: Der, claims: object = {}, body: object = {}): Promise<Answer> =>
    service.join(tokenFor(der, claims), der, body);
  const outcome = ({ status, body }: Answer) => [status, body["code"]];
  const settle = (): void => service.harness.clock.advance(601);
  const replaceable = { kind: "replaceable" };
  const node = () => service.harness.tables.nodes.get("n1.example");

  it("is given once to hundreds of joins at once, and to the same token again", async () => {
    const der = csr("h1");
    const token = tokenFor(der, {});
    const all = await Promise.all(Array.from({ length: 300 }, () => service.join(token, der)));
    const issued = all.filter(({ status }) => status === 200 || status === 201);
    const serials = new Set(issued.map(({ body }) => body["serialNumber"]));
    assert.equal(serials.size, 1, JSON.stringify(all.find(({ status }) => status > 201)?.body));
    const again = await service.join(token, der);
    assert.deepEqual([again.status, serials.has(again.body["serialNumber"])], [200, true]);
    assert.equal(service.harness.tables.issuances.size, 1);
    assert.equal(service.fetches.length, 1);
  });

  it("costs the calls of a join by token, less the token's", async () => {
    await join(csr("h1"));
    const byIdentity = [...service.harness.calls];
    service.harness.calls.length = 0;
    await service.harness.enrol({ token: await service.harness.newToken(), key: "h2", nodeName: "n2.example" });
    const byToken = service.harness.calls.filter((call) => !call.startsWith("tokens."));
    assert.deepEqual(byIdentity.toSorted(), byToken.toSorted());
  });

  it("is not given to another principal while it is held", async () => {
    assert.equal((await join(csr("h1"), replaceable)).status, 201);
    const others = [{ sub: "m2" }, { sub: "m2", ...replaceable }];
    for (const claims of others) assert.deepEqual(outcome(await join(csr("h2"), claims)), [409, "node_name_taken"]);
    settle();
    for (const claims of others) assert.deepEqual(outcome(await join(csr("h2"), claims)), [409, "node_name_taken"]);
    assert.equal(node()?.principal, "nodeseal:identity:ci:m1");
  });

  it("is not given to another principal with the very key of its holder", async () => {
    assert.equal((await join(csr("h1"))).status, 201);
    settle();
    assert.deepEqual(outcome(await join(csr("h1"), { sub: "m2" })), [409, "node_name_taken"]);
  });

  it("is given to the same principal again where the rule says so, and nowhere else", async () => {
    assert.equal((await join(csr("h1"), replaceable)).status, 201);
    settle();
    assert.deepEqual(outcome(await join(csr("h2"), { kind: "fixed" })), [409, "node_name_taken"]);
    assert.equal((await join(csr("h2"), replaceable)).status, 201);
  });

  it("is its principal's still when its certificate was renewed", async () => {
    const first = await join(csr("h1"), replaceable);
    const certificate = service.harness.tables.issuances.get(String(first.body["name"]));
    assert.ok(certificate?.completion);
    settle();
    await service.harness.renew({ key: "h3", certificate: chainOf(first) });
    settle();
    assert.deepEqual(outcome(await join(csr("h2"), { sub: "m2", ...replaceable })), [409, "node_name_taken"]);
    assert.equal((await join(csr("h2"), replaceable)).status, 201);
  });

  it("is not its principal's when a token took it by an operator's override", async () => {
    assert.equal((await join(csr("h1"), replaceable)).status, 201);
    settle();
    await service.harness.enrol({ token: await service.harness.newToken({ allowReplace: true }), key: "h2" });
    settle();
    assert.deepEqual(outcome(await join(csr("h3"), replaceable)), [409, "node_name_taken"]);
  });

  it("is not given to who holds another's name by a bootstrap token", async () => {
    await service.harness.enrol({ token: await service.harness.newToken(), key: "h1" });
    settle();
    assert.deepEqual(outcome(await join(csr("h2"), replaceable)), [409, "node_name_taken"]);
  });

  it("has the mercy for a principal that lost its key with the answer, for ten minutes", async () => {
    assert.equal((await join(csr("h1"))).status, 201);
    service.harness.clock.advance(1);
    assert.deepEqual(outcome(await join(csr("h2"), { sub: "m2" })), [409, "node_name_taken"]);
    assert.equal((await join(csr("h2"))).status, 201);
    settle();
    assert.deepEqual(outcome(await join(csr("h3"))), [409, "node_name_taken"]);
  });

  it("is one name to all signers: another key needs the rule's leave", async () => {
    const first = csr("h1", "n1.example", CLIENT_SIGNER);
    assert.equal((await join(first, replaceable, { signerName: CLIENT_SIGNER })).status, 201);
    settle();
    const signerName = API_CLIENT_SIGNER;
    const der = csr("h2", "n1.example", signerName);
    assert.deepEqual(outcome(await join(der, {}, { signerName })), [409, "node_name_taken"]);
    assert.deepEqual(outcome(await join(der, { sub: "m2", ...replaceable }, { signerName })), [409, "node_name_taken"]);
    assert.equal((await join(der, replaceable, { signerName })).status, 201);
  });

  it("is not given while it is revoked", async () => {
    assert.equal((await join(csr("h1"), replaceable)).status, 201);
    const held = node();
    assert.ok(held);
    const revocation = { reason: "keyCompromise", by: "operator", at: service.harness.clock.now() } as const;
    service.harness.tables.nodes.set(held.key, { ...held, revocation });
    assert.deepEqual(outcome(await join(csr("h2"), replaceable)), [403, "certificate_revoked"]);
  });
});

function chainOf({ body }: Answer): Der {
  const [, base64 = ""] = /-----BEGIN CERTIFICATE-----([^-]+)-----END/.exec(String(body["certificate"])) ?? [];
  return Buffer.from(base64, "base64");
}
