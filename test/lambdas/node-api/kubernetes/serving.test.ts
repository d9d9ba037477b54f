import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { newKeyPair } from "../../../support/key-pairs.ts";
import { certificatePemIn, requestBody, REQUESTS_PATH, send } from "../../../support/kubernetes-client.ts";
import {
  KUBERNETES_POLICY,
  startKubernetesService,
  type KubernetesService,
} from "../../../support/kubernetes-service.ts";

describe("a node with a client certificate", () => {
  let service: KubernetesService;
  before(async () => {
    service = await startKubernetesService();
  });
  after(async () => {
    await service.close();
    assert.deepEqual(service.faults, []);
  });

  it("gives a node serving certificates and renewals for its client certificate, in its own name only", async () => {
    const keyPair = newKeyPair("P-256");
    const enrolled = await send(service, "POST", REQUESTS_PATH, {
      as: await service.newToken(),
      body: requestBody({ name: "server-client", nodeName: "server-1", keyPair }),
    });
    const client = {
      certificatePem: certificatePemIn(enrolled),
      keyPem: keyPair.privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
    };
    const serving = {
      nodeName: "server-1",
      dnsNames: ["server-1"],
      spec: { signerName: "kubernetes.io/kubelet-serving", usages: ["digital signature", "server auth"] },
    };
    const ask = (name: string, changes = {}) =>
      send(service, "POST", REQUESTS_PATH, { client, body: requestBody({ name, ...serving, ...changes }) });
    for (const name of ["server-1st", "server-2nd"]) {
      const answer = await ask(name);
      assert.equal(answer.status, 201);
      assert.equal(new X509Certificate(certificatePemIn(answer)).subjectAltName, "DNS:server-1");
    }
    const otherName = await ask("server-other", { dnsNames: ["kubernetes.default"] });
    assert.equal(otherName.status, 403);
    const renewed = await send(service, "POST", REQUESTS_PATH, {
      client,
      body: requestBody({ name: "server-renewal", nodeName: "server-1" }),
    });
    assert.equal(renewed.status, 201);
    const foreign = await send(service, "POST", REQUESTS_PATH, {
      client,
      body: requestBody({ name: "foreign", nodeName: "server-2" }),
    });
    assert.equal(foreign.status, 403);
    const isRenewed =
      new X509Certificate(certificatePemIn(renewed)).subject === "O=system:nodes\nCN=system:node:server-1";
    assert.ok(isRenewed);
    const { json } = await send(service, "GET", REQUESTS_PATH, { client });
    const names = (json["items"] as unknown as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name);
    assert.deepEqual(names, ["server-1st", "server-2nd", "server-renewal"]);
  });

  it("does not take another node's serving name, even where policy is careless", async (t) => {
    const rules = KUBERNETES_POLICY.rules.map((rule) => ({ ...rule, ownNameOnly: false }));
    const careless = await startKubernetesService({ policy: { ...KUBERNETES_POLICY, rules } });
    t.after(careless.close);
    const clientOf = async (nodeName: string) => {
      const keyPair = newKeyPair("P-256");
      const body = requestBody({ name: `${nodeName}-client`, nodeName, keyPair });
      const enrolled = await send(careless, "POST", REQUESTS_PATH, { as: await careless.newToken(), body });
      const keyPem = keyPair.privateKey.export({ format: "pem", type: "pkcs8" }).toString();
      return { certificatePem: certificatePemIn(enrolled), keyPem };
    };
    const spec = { signerName: "kubernetes.io/kubelet-serving", usages: ["digital signature", "server auth"] };
    const serving = (name: string) => requestBody({ name, nodeName: "victim", dnsNames: ["victim"], spec });
    const [victim, thief] = [await clientOf("victim"), await clientOf("thief")];
    const first = await send(careless, "POST", REQUESTS_PATH, { client: victim, body: serving("own") });
    assert.equal(first.status, 201);
    const theft = await send(careless, "POST", REQUESTS_PATH, { client: thief, body: serving("theft") });
    assert.equal(theft.status, 403);
  });
});
