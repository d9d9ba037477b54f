import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { personBody, REQUESTS_PATH, send, textOf, type Sending } from "../../../../support/kubernetes-client.ts";
import { startKubernetesService, type KubernetesService } from "../../../../support/kubernetes-service.ts";

const SECRETS_PATH = "/api/v1/namespaces/kube-system/secrets";
const TARGETS = [
  { what: "a request", path: `${REQUESTS_PATH}/alice` },
  { what: "a bootstrap token", path: `${SECRETS_PATH}/bootstrap-token-aaaaaa` },
] as const;

describe("what is deleted, and what only looks like it", () => {
  let service: KubernetesService;
  before(async () => {
    service = await startKubernetesService();
    await ask("POST", REQUESTS_PATH, { body: personBody("alice") });
    const body = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "bootstrap-token-aaaaaa", namespace: "kube-system" },
      type: "bootstrap.kubernetes.io/token",
      stringData: { "token-id": "aaaaaa", "token-secret": "7h4k29xq0mzv5c1b" },
    };
    assert.equal((await ask("POST", SECRETS_PATH, { body })).status, 201);
  });
  after(async () => {
    await service.close();
    assert.deepEqual(service.faults, []);
  });
  const ask = (method: string, path: string, sending: Sending = {}) =>
    send(service, method, path, { as: service.administratorToken, ...sending });

  const options = (more: object) => ({ kind: "DeleteOptions", apiVersion: "v1", ...more });
  const harmless = [
    { why: "a dry run, as kubectl asks for it", body: options({ dryRun: ["All"] }), code: 200, message: /^$/ },
    { why: "a dry run in the query", query: "?dryRun=All", code: 200, message: /^$/ },
    { why: "a dry run of nobody knows what", query: "?dryRun=Some", code: 422, message: /dryRun: Unsupported value/ },
    { why: "the same in the body", body: options({ dryRun: ["all"] }), code: 422, message: /dryRun: Unsupported/ },
    {
      why: "another's uid",
      body: options({ preconditions: { uid: "abc" } }),
      code: 409,
      message: /UID in the precondition \(abc\)/,
    },
    {
      why: "an old version",
      body: options({ preconditions: { resourceVersion: "1" } }),
      code: 409,
      message: /ResourceVersion in the precondition \(1\)/,
    },
    { why: "a condition that is none", body: options({ preconditions: { uid: 1 } }), code: 400, message: /uid/ },
    { why: "an object of another kind", body: { kind: "Pod", apiVersion: "v1" }, code: 400, message: /DeleteOptions/ },
    {
      why: "a fate for dependents that nobody knows",
      body: options({ propagationPolicy: "Forward" }),
      code: 422,
      message: /^DeleteOptions\.meta\.k8s\.io "" is invalid: propagationPolicy: Unsupported value: "Forward"/,
    },
    { why: "no JSON", body: Buffer.from("{"), code: 400, message: /not JSON/ },
  ];
  for (const { what, path } of TARGETS) {
    for (const { why, body, query = "", code, message } of harmless) {
      it(`leaves ${what} where it is: ${why}`, async () => {
        const { status, json } = await ask("DELETE", path + query, body === undefined ? {} : { body });
        assert.equal(status, code);
        assert.match(textOf(json["message"]), message);
        assert.equal((await ask("GET", path)).status, 200);
      });
    }
  }

  it("selects no tokens by labels, which they have none of", async () => {
    const names = async (selector: string) => {
      const { json } = await ask("GET", `${SECRETS_PATH}?labelSelector=${encodeURIComponent(selector)}`);
      return (json["items"] as unknown as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name);
    };
    assert.deepEqual(await names("team=blue"), []);
    assert.deepEqual(await names("team in (blue)"), []);
    assert.ok((await names("team!=blue")).includes("bootstrap-token-aaaaaa"));
    assert.equal((await ask("GET", `${SECRETS_PATH}?labelSelector=a%20b%20c`)).status, 400);
  });

  it("is gone when the conditions hold", async () => {
    for (const { path } of TARGETS) {
      const { uid, resourceVersion } = (await ask("GET", path)).json["metadata"] ?? {};
      const body = options({ preconditions: { uid, resourceVersion }, propagationPolicy: "Background" });
      const { status, json } = await ask("DELETE", path, { body });
      assert.deepEqual([status, json["status"], json["details"]?.["uid"]], [200, "Success", uid]);
      assert.equal((await ask("GET", path)).status, 404);
    }
  });
});
