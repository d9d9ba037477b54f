import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { BootstrapToken } from "../../../../../core/token/bootstrap-token.ts";
import { requestBody, REQUESTS_PATH, send, textOf } from "../../../../support/kubernetes-client.ts";
import { startKubernetesService, type KubernetesService } from "../../../../support/kubernetes-service.ts";
import { BAD_CREATIONS } from "./bad-creations.ts";

describe("a body that is no request", () => {
  let service: KubernetesService;
  let token: BootstrapToken;
  before(async () => {
    service = await startKubernetesService();
    token = await service.newToken();
  });
  after(async () => {
    await service.close();
    assert.deepEqual(service.faults, []);
  });

  for (const { why, body, type, query = "", code, reason, message } of BAD_CREATIONS) {
    it(`is refused: ${why}`, async () => {
      const answer = await send(service, "POST", REQUESTS_PATH + query, {
        as: token,
        body,
        ...(type === undefined ? {} : { type }),
      });
      assert.deepEqual(
        [answer.status, answer.json["kind"], answer.json["reason"], answer.json["code"]],
        [code, "Status", reason, code],
      );
      assert.match(textOf(answer.json["message"]), message);
    });
  }

  it("is answered in bounds, however much of it is wrong", async () => {
    const usages = Array.from({ length: 12_000 }, () => "a");
    const many = await send(service, "POST", REQUESTS_PATH, { as: token, body: requestBody({ spec: { usages } }) });
    assert.equal(many.status, 422);
    assert.ok(many.text.length < 100_000, `${many.text.length} bytes`);
    assert.match(textOf(many.json["message"]), /and 11950 more\]$/);
    const unknown = Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`unknown${index}`, 1]));
    const body = requestBody({ name: "talkative", nodeName: "talkative", spec: unknown });
    const warned = await send(service, "POST", REQUESTS_PATH, { as: token, body });
    assert.equal(warned.status, 201);
    // API Gateway refuses answers with more than 10,240 bytes of headers.
    assert.ok(String(warned.headers["warning"]).length < 6000);
  });

  it("is refused when it is nested deeper than anything is", async () => {
    const depth = 15_000;
    const text = JSON.stringify(requestBody({ metadata: { managedFields: [{ deep: "DEEP" }] } }));
    const body = Buffer.from(text.replace('"DEEP"', "[".repeat(depth) + "]".repeat(depth)));
    const { status } = await send(service, "POST", REQUESTS_PATH, { as: token, body });
    assert.equal(status, 400);
  });

  const taken = [
    { why: "it does not say what it is", change: { kind: undefined, apiVersion: undefined } },
    { why: "a namespace, which requests have none of", metadata: { namespace: "default" } },
    { why: "annotations with capitals in their domain", metadata: { annotations: { "Example.COM/Note": "x" } } },
  ] as const;
  for (const [index, one] of taken.entries()) {
    it(`is one all the same, as kube-apiserver has it: ${one.why}`, async () => {
      const name = `taken-${index}`;
      const { change = {}, metadata = {} } = { change: undefined, metadata: undefined, ...one };
      const body = { ...requestBody({ name, nodeName: name, metadata }), ...change };
      const { status, json } = await send(service, "POST", REQUESTS_PATH, { as: token, body });
      assert.deepEqual(
        [status, json["kind"], json["metadata"]?.["namespace"]],
        [201, "CertificateSigningRequest", undefined],
      );
    });
  }

  const pemOf = (nodeName: string): string => Buffer.from(requestBody({ nodeName }).spec.request, "base64").toString();
  const forms = [
    { why: "base64 in lines", form: (text: string) => Buffer.from(text).toString("base64").replace(/.{76}/g, "$&\n") },
    { why: "CRLF in the base64", form: (text: string) => `${Buffer.from(text).toString("base64")}\r\n` },
    { why: "text before the block", form: (text: string) => Buffer.from(`Data:\n${text}`).toString("base64") },
    { why: "a byte order mark", form: (text: string) => Buffer.from(`\ufeff${text}`).toString("base64") },
    {
      why: "the label with NEW",
      form: (text: string) => Buffer.from(text.replaceAll("CERT", "NEW CERT")).toString("base64"),
    },
  ];
  for (const [index, { why, form }] of forms.entries()) {
    it(`is one all the same: ${why}`, async () => {
      const name = `form-${index}`;
      const body = requestBody({ name, spec: { request: form(pemOf(name)) } });
      const { status, json } = await send(service, "POST", REQUESTS_PATH, {
        as: await service.newToken(),
        body,
      });
      assert.equal(status, 201, JSON.stringify(json));
      const kept = Buffer.from(textOf(json["spec"]?.["request"]), "base64").toString();
      assert.match(kept, /^-----BEGIN CERTIFICATE REQUEST-----\n/);
    });
  }

  it("is warned of when it is not asked to be strict", async () => {
    const body = requestBody({ name: "warned", nodeName: "warned", spec: { colour: 1 } });
    const { status, headers } = await send(service, "POST", REQUESTS_PATH, { as: token, body });
    assert.equal(status, 201);
    assert.match(String(headers["warning"]), /^299 - "unknown field \\"spec\.colour\\""$/);
  });
});
