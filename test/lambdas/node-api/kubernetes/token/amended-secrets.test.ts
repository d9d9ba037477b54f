import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { encodeBootstrapToken, type BootstrapToken } from "../../../../../core/token/bootstrap-token.ts";
import { DEFAULT_POLICY } from "../../../../../core/policy/policy.ts";
import { send, textOf, type Json } from "../../../../support/kubernetes-client.ts";
import { startKubernetesService, type KubernetesService } from "../../../../support/kubernetes-service.ts";

const MERGE = "application/merge-patch+json";

describe("a token of a policy with ceilings", () => {
  it("is not made, nor lengthened, beyond them by kubectl", async () => {
    const policy = { ...DEFAULT_POLICY, tokens: { maxTtlSeconds: 7200 } };
    const service = await startKubernetesService({ policy });
    try {
      const token = await service.newToken();
      const path = `/api/v1/namespaces/kube-system/secrets/bootstrap-token-${token.id}`;
      const patch = (stringData: unknown) =>
        send(service, "PATCH", path, { as: service.administratorToken, body: { stringData }, type: MERGE });
      const at = (seconds: number): string =>
        new Date(Date.now() + seconds * 1000).toISOString().replace(/\.\d+Z$/, "Z");
      const long = await patch({ expiration: at(9000) });
      assert.equal(long.status, 422);
      assert.match(
        textOf(long.json["message"]),
        /data\[expiration\]: Invalid value: .*7200 s at most \(tokens\.maxTtlSeconds\)/,
      );
      assert.equal((await patch({ expiration: at(3600) })).status, 200);
    } finally {
      await service.close();
    }
  });
});

describe("a token that is amended", () => {
  let service: KubernetesService;
  let token: BootstrapToken;
  let path: string;
  before(async () => {
    service = await startKubernetesService();
    token = await service.newToken();
    path = `/api/v1/namespaces/kube-system/secrets/bootstrap-token-${token.id}`;
  });
  after(async () => {
    await service.close();
    assert.deepEqual(service.faults, []);
  });
  const read = () => send(service, "GET", path, { as: service.administratorToken });
  const patch = (body: unknown, query = "") =>
    send(service, "PATCH", path + query, { as: service.administratorToken, body, type: MERGE });
  const put = (body: unknown) => send(service, "PUT", path, { as: service.administratorToken, body });
  const dataIn = (secret: Json, key: string): string => Buffer.from(textOf(secret["data"]?.[key]), "base64").toString();

  it("has another expiration and description, and works until then", async () => {
    const before = (await read()).json;
    const expiration = new Date(Date.now() + 3600_000).toISOString().replace(/\.\d+Z$/, "Z");
    const { status, json } = await patch({ stringData: { expiration, description: "rack 8" } });
    assert.equal(status, 200);
    assert.deepEqual([dataIn(json, "expiration"), dataIn(json, "description")], [expiration, "rack 8"]);
    assert.equal(json["metadata"]?.["uid"], before["metadata"]?.["uid"]);
    assert.notEqual(json["metadata"]?.["resourceVersion"], before["metadata"]?.["resourceVersion"]);
    assert.deepEqual((await read()).json, json);
    assert.equal((await send(service, "GET", "/apis", { as: encodeBootstrapToken(token) })).status, 200);
  });

  it("never expires when its expiration is taken away, and is gone when that is past", async () => {
    assert.equal(dataIn((await patch({ data: { expiration: null } })).json, "expiration"), "");
    assert.equal((await patch({ stringData: { expiration: "soon" } })).status, 422);
    assert.equal((await patch({ stringData: { expiration: "2020-01-01T00:00:00Z" } }, "?dryRun=All")).status, 200);
    assert.equal((await read()).status, 200);
  });

  it("is replaced by what was read, and by nothing older", async () => {
    const { json } = await read();
    assert.equal((await put(json)).status, 200);
    const stale = await put(json);
    assert.deepEqual([stale.status, stale.json["reason"]], [409, "Conflict"]);
    const nameless = { ...json, metadata: { namespace: "kube-system" } };
    assert.match(textOf((await put(nameless)).json["message"]), /name must be provided/);
  });

  const fixed: readonly { readonly what: string; readonly change: unknown; readonly field: RegExp }[] = [
    { what: "secret", change: { stringData: { "token-secret": "7h4k29xq0mzv5c1b" } }, field: /data\[token-secret\]/ },
    { what: "id", change: { stringData: { "token-id": "aaaaaa" } }, field: /data\[token-id\]/ },
    {
      what: "groups",
      change: { stringData: { "auth-extra-groups": "system:bootstrappers:kings" } },
      field: /data\[auth-extra-groups\]/,
    },
    {
      what: "usages",
      change: { data: { "usage-bootstrap-authentication": null } },
      field: /data\[usage-bootstrap-authentication\]/,
    },
    { what: "type", change: { type: "Opaque" }, field: /type: Invalid value: field is immutable/ },
  ];
  for (const { what, change, field } of fixed) {
    it(`keeps its ${what}`, async () => {
      const { status, json, text } = await patch(change);
      assert.deepEqual([status, json["reason"]], [422, "Invalid"]);
      assert.match(textOf(json["message"]), field);
      assert.ok(!text.includes("7h4k29xq0mzv5c1b"), "an answer never repeats a secret");
    });
  }

  it("takes its own secret for itself", async () => {
    assert.equal((await patch({ stringData: { "token-secret": token.secret, description: "same" } })).status, 200);
  });

  it("is amended by administrators only, and not when it is revoked", async () => {
    const as = encodeBootstrapToken(token);
    assert.equal((await send(service, "PATCH", path, { as, body: {}, type: MERGE })).status, 403);
    await service.tokens.revoke(token.id, new Date());
    assert.equal((await patch({ stringData: { description: "late" } })).status, 404);
  });
});
