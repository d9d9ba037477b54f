import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { encodePem } from "../../core/asn1/pem.ts";
import { subjectAltName } from "../../core/certificate/extension.ts";
import { DEFAULT_POLICY } from "../../core/policy/policy.ts";
import { buildCsr, extensionRequest, subjectOf } from "../support/certificate-requests.ts";
import { newKeyPair } from "../support/key-pairs.ts";
import { certificatePemIn, requestBody, REQUESTS_PATH, send, textOf } from "../support/kubernetes-client.ts";
import { KUBERNETES_POLICY, startKubernetesService, type KubernetesService } from "../support/kubernetes-service.ts";

/**
 * Each test here and beside this file is named after a defect that another project shipped, and asks our handlers for it.
 * Others of 2025 and 2026 have their tests where the subject is: serverless-ca#590, one bad row that stopped a revocation
 * list (`unreadable-revocation.contract.ts`); serverless-ca#348, revocations lost when a list was rebuilt
 * (`revocation-ledger.contract.ts`); aws-privateca-issuer#479, throttling answered by a storm of retries
 * (`busy-pause.test.ts`). Not ours to make: kubelet-csr-approver#253, for there is no switch that goes round a check;
 * rolesanywhere-credential-helper#64, for kubelets and hooks are told of each new file.
 */
describe("what peers signed, and should not have", () => {
  let service: KubernetesService;
  before(async () => {
    service = await startKubernetesService();
  });
  after(async () => {
    await service.close();
    assert.deepEqual(service.faults, []);
  });

  const nodeOf = async (nodeName: string) => {
    const keyPair = newKeyPair("P-256");
    const body = requestBody({ name: `${nodeName}-client`, nodeName, keyPair });
    const enrolled = await send(service, "POST", REQUESTS_PATH, { as: await service.newToken(), body });
    const keyPem = keyPair.privateKey.export({ format: "pem", type: "pkcs8" }).toString();
    return { certificatePem: certificatePemIn(enrolled), keyPem };
  };

  it("deckhouse#22901: a kubelet's request is approved for no signer but its own", async () => {
    const token = await service.newToken();
    const others = [
      "kubernetes.io/kube-apiserver-client",
      "kubernetes.io/kubelet-serving",
      "kubernetes.io/legacy-unknown",
      "nodeseal.dev/client",
      "deckhouse.io/anything",
    ];
    for (const [index, signerName] of others.entries()) {
      const body = requestBody({ name: `any-signer-${index}`, nodeName: "any-signer", spec: { signerName } });
      const answer = await send(service, "POST", REQUESTS_PATH, { as: token, body });
      assert.ok(answer.status === 403 || answer.status === 422, `${signerName}: ${answer.status}`);
      const left = await send(service, "GET", `${REQUESTS_PATH}/any-signer-${index}`, {
        as: service.administratorToken,
      });
      assert.equal(left.status, 404, signerName);
    }
  });

  it("step-ca#2491 (0.29): no kind of credential is good at another kind's door", async () => {
    const token = await service.newToken();
    const client = await nodeOf("doors");
    const csr = Buffer.from(requestBody({ nodeName: "doors" }).spec.request, "base64").toString();
    const enrol = { csr };
    const strangers = [
      { path: "/v1/certificates", sending: { as: service.administratorToken, body: enrol }, status: 401 },
      // A node's certificate asks there for its serving certificate alone.
      { path: "/v1/certificates", sending: { client, body: enrol }, status: 403 },
      { path: "/v1/certificates/renew", sending: { as: token, body: enrol }, status: 401 },
      { path: "/v1/certificates/renew", sending: { as: service.administratorToken, body: enrol }, status: 401 },
      { path: "/api/v1/namespaces/kube-system/secrets", sending: { as: token, body: {} }, status: 403 },
      { path: "/api/v1/namespaces/kube-system/secrets", sending: { client, body: {} }, status: 403 },
    ];
    for (const { path, sending, status } of strangers) {
      const answer = await send(service, "POST", path, sending);
      assert.equal(answer.status, status, `${path} as ${Object.keys(sending).join()}: ${answer.text}`);
    }
    const approval = { ...requestBody({ name: "doors-client" }), status: { conditions: [] } };
    for (const sending of [{ as: token }, { client }]) {
      const path = `${REQUESTS_PATH}/doors-client/approval`;
      assert.equal((await send(service, "PUT", path, { ...sending, body: approval })).status, 403);
    }
  });

  it("openbao GHSA-g892-p242-8g86: no alternative name leads around the rule's address blocks", async () => {
    const client = await nodeOf("san-1");
    const serving = { signerName: "kubernetes.io/kubelet-serving", usages: ["digital signature", "server auth"] };
    const ask = (name: string, dnsNames: readonly string[], ipAddresses: readonly string[]) => {
      const csr = buildCsr({
        keyPair: newKeyPair("P-256"),
        attributes: [extensionRequest(subjectAltName(dnsNames, ipAddresses, false))],
        subject: subjectOf(["system:nodes"], "system:node:san-1"),
      });
      const request = Buffer.from(encodePem("CERTIFICATE REQUEST", csr)).toString("base64");
      return send(service, "POST", REQUESTS_PATH, {
        client,
        body: requestBody({ name, spec: { ...serving, request } }),
      });
    };
    assert.equal((await ask("san-inside", ["san-1"], ["10.1.2.3"])).status, 201);
    const outside = [
      { dns: ["san-1"], ip: ["192.0.2.1"] },
      { dns: ["san-1"], ip: ["10.1.2.3", "192.0.2.1"] },
      { dns: ["san-1"], ip: ["::ffff:192.0.2.1"] },
      { dns: ["san-1"], ip: ["2001:db8::1"] },
      // An address that is written as a name.
      { dns: ["192.0.2.1"], ip: [] },
      { dns: ["san-1", "192.0.2.1"], ip: ["10.1.2.3"] },
    ];
    for (const [index, { dns, ip }] of outside.entries()) {
      const { status, text } = await ask(`san-outside-${index}`, dns, ip);
      assert.ok(status === 403 || status === 422, `${dns.join()} ${ip.join()}: ${status} ${text}`);
    }
  });

  it("serverless-ca#664: a request that is sent again, at once or later, is one certificate", async () => {
    const token = await service.newToken({ maxUses: 1 });
    const csr = Buffer.from(requestBody({ nodeName: "again" }).spec.request, "base64").toString();
    const ask = () => send(service, "POST", "/v1/certificates", { as: token, body: { csr } });
    const answers = await Promise.all(Array.from({ length: 4 }, ask));
    answers.push(await ask());
    const certified = answers.filter(({ status }) => status === 200 || status === 201);
    assert.ok(certified.length >= 1);
    for (const { status, text } of answers) assert.ok([200, 201, 429].includes(status), text);
    assert.equal(new Set(certified.map(({ json }) => JSON.stringify(json["certificate"]))).size, 1);
  });

  it("approver-policy#830: what a policy denied waits for nothing, and is granted by the next one", async (t) => {
    const rules = DEFAULT_POLICY.rules.filter(({ group }) => !group.startsWith("system:bootstrappers"));
    const denying = await startKubernetesService({ policy: { ...KUBERNETES_POLICY, rules } });
    t.after(denying.close);
    const token = await denying.newToken();
    const body = requestBody({ name: "raced", nodeName: "raced" });
    const denied = await send(denying, "POST", REQUESTS_PATH, { as: token, body });
    assert.equal(denied.status, 403);
    const granting = await startKubernetesService({ ledger: denying.ledger });
    t.after(granting.close);
    const stored = await denying.tokens.read(token.id);
    assert.ok(stored);
    await granting.tokens.create(stored);
    const granted = await send(granting, "POST", REQUESTS_PATH, { as: token, body });
    assert.equal(granted.status, 201, granted.text);
    assert.notEqual(textOf(granted.json["status"]?.["certificate"]), "");
  });

  it("aws-privateca-issuer#460: a denial names the rule and the field", async () => {
    const body = requestBody({ name: "why", nodeName: "why", dnsNames: ["not-allowed.example"] });
    const { status, json } = await send(service, "POST", REQUESTS_PATH, { as: await service.newToken(), body });
    assert.equal(status, 403);
    assert.match(textOf(json["message"]), /rule .*field /i);
  });
});
