import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { decodeEnvelope } from "../../../../../lambdas/node-api/kubernetes/body/envelope.ts";
import { send, textOf, type Json } from "../../../../support/kubernetes-client.ts";
import { startKubernetesService, type KubernetesService } from "../../../../support/kubernetes-service.ts";
import { KUBEADM_TOKEN_CREATE } from "../body/captured-bodies.ts";

const SECRETS_PATH = "/api/v1/namespaces/kube-system/secrets";

function secretBody(data: Readonly<Record<string, string>>, changes: Readonly<Record<string, unknown>> = {}) {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: `bootstrap-token-${data["token-id"] ?? ""}`, namespace: "kube-system" },
    type: "bootstrap.kubernetes.io/token",
    stringData: { "usage-bootstrap-authentication": "true", "usage-bootstrap-signing": "true", ...data },
    ...changes,
  };
}

function textIn(secret: Json, key: string): string {
  return Buffer.from(textOf(secret["data"]?.[key]), "base64").toString();
}

describe("bootstrap tokens as Secrets", () => {
  let service: KubernetesService;
  before(async () => {
    service = await startKubernetesService();
  });
  after(async () => {
    await service.close();
    assert.deepEqual(service.faults, []);
  });
  const administrator = () => ({ as: service.administratorToken });
  const post = (body: unknown) => send(service, "POST", SECRETS_PATH, { ...administrator(), body });

  it("are made of kubeadm's own protobuf, and shown with their secret this once", async (t) => {
    const { data } = decodeEnvelope(KUBEADM_TOKEN_CREATE) as { data: Readonly<Record<string, string>> };
    const expiration = Buffer.from(data["expiration"] ?? "", "base64").toString();
    // The recording's token lasts an hour of its own day.
    const recorded = await startKubernetesService({ clock: () => new Date(Date.parse(expiration) - 60_000) });
    t.after(recorded.close);
    const { status, json } = await send(recorded, "POST", SECRETS_PATH, {
      as: recorded.administratorToken,
      body: KUBEADM_TOKEN_CREATE,
      type: "application/vnd.kubernetes.protobuf",
    });
    assert.equal(status, 201);
    assert.deepEqual(json["data"], data);
  });

  it("work, are listed without their secret, and work no more when they are deleted", async () => {
    const secret = "7h4k29xq0mzv5c1b";
    const made = await post(secretBody({ "token-id": "aaaaa1", "token-secret": secret, description: "rack 7" }));
    assert.equal(made.status, 201);
    assert.equal(textIn(made.json, "token-secret"), secret);
    const as = `aaaaa1.${secret}`;
    assert.equal((await send(service, "GET", "/apis", { as })).status, 200);
    const list = await send(service, "GET", SECRETS_PATH, administrator());
    assert.ok(!list.text.includes(Buffer.from(secret).toString("base64")));
    const listed = (list.json["items"] as unknown as Json[]).find((item) => textIn(item, "token-id") === "aaaaa1");
    assert.deepEqual(listed && [textIn(listed, "token-secret"), textIn(listed, "description")], [
      "x".repeat(16),
      "rack 7",
    ]);
    assert.equal((await send(service, "GET", "/apis", { as: `aaaaa1.${"x".repeat(16)}` })).status, 401);
    const path = `${SECRETS_PATH}/bootstrap-token-aaaaa1`;
    assert.equal((await send(service, "DELETE", path, administrator())).status, 200);
    assert.equal((await send(service, "GET", path, administrator())).status, 404);
    assert.equal((await send(service, "GET", "/apis", { as })).status, 401);
  });

  it("keep their id when somebody else wants it", async () => {
    const data = { "token-id": "aaaaa2", "token-secret": "7h4k29xq0mzv5c1b" };
    assert.equal((await post(secretBody(data))).status, 201);
    const again = await post(secretBody({ ...data, "token-secret": "q8w3e7r1t5y2u9i4" }));
    assert.deepEqual([again.status, again.json["reason"]], [409, "AlreadyExists"]);
  });

  it("are told when their id was given before, and to whom it is of no use any more", async () => {
    const data = { "token-id": "aaaaa8", "token-secret": "7h4k29xq0mzv5c1b" };
    assert.equal((await post(secretBody(data))).status, 201);
    const path = `${SECRETS_PATH}/bootstrap-token-aaaaa8`;
    assert.equal((await send(service, "DELETE", path, administrator())).status, 200);
    const again = await post(secretBody(data));
    assert.deepEqual([again.status, again.json["reason"]], [422, "Invalid"]);
    assert.match(textOf(again.json["message"]), /"aaaaa8": the token of this id was deleted .* take another/);
  });

  it("may have their base64 in lines, as Go decodes it", async () => {
    const lines = (text: string): string => Buffer.from(text).toString("base64").replace(/.{4}/g, "$&\r\n");
    const texts = { "token-id": "aaaaa9", "token-secret": "7h4k29xq0mzv5c1b", description: "a rack of machines" };
    const data = Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, lines(text)]));
    const body = secretBody(texts, { stringData: { "usage-bootstrap-authentication": "true" }, data });
    const made = await post(body);
    assert.deepEqual([made.status, textIn(made.json, "description")], [201, "a rack of machines"]);
    const blank = await post({ ...body, data: { ...data, description: "YSBi IGM=" } });
    assert.equal(blank.status, 400);
    assert.match(textOf(blank.json["message"]), /data\[description\]: it may hold line ends and no blanks/);
  });

  const SECRET = { "token-id": "aaaaa3", "token-secret": "7h4k29xq0mzv5c1b" };
  const refused = [
    {
      why: "a secret that everybody knows",
      body: secretBody({ ...SECRET, "token-secret": "0123456789abcdef" }),
      code: 422,
      message: /can be guessed.*have it generated/,
    },
    {
      why: "no token",
      body: secretBody({ "token-id": "AAAAAA", "token-secret": "x" }),
      code: 422,
      message: /must form a bootstrap token/,
    },
    {
      why: "another token's name",
      body: secretBody(SECRET, { metadata: { name: "bootstrap-token-bbbbbb" } }),
      code: 422,
      message: /metadata\.name: .* must be bootstrap-token-aaaaa3/,
    },
    {
      why: "a group of power",
      body: secretBody({ ...SECRET, "auth-extra-groups": "system:masters" }),
      code: 422,
      message: /must begin with "system:bootstrappers:"/,
    },
    {
      why: "a time that is none",
      body: secretBody({ ...SECRET, expiration: "tomorrow" }),
      code: 422,
      message: /must be a time in RFC 3339/,
    },
    {
      why: "another kind of Secret",
      body: secretBody(SECRET, { type: "Opaque" }),
      code: 403,
      message: /only secrets of type bootstrap\.kubernetes\.io\/token/,
    },
  ];
  for (const { why, body, code, message } of refused) {
    it(`are not: ${why}`, async () => {
      const answer = await post(body);
      assert.equal(answer.status, code);
      assert.match(textOf(answer.json["message"]), message);
      assert.ok(!answer.text.includes("7h4k29xq0mzv5c1b"), "an answer never repeats a secret");
    });
  }

  it("are shown to kubectl as a Table", async () => {
    await post(secretBody({ "token-id": "aaaaa5", "token-secret": "7h4k29xq0mzv5c1b" }));
    const accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
    for (const path of [SECRETS_PATH, `${SECRETS_PATH}/bootstrap-token-aaaaa5`]) {
      const { json } = await send(service, "GET", path, { ...administrator(), headers: { accept } });
      const names = (json["columnDefinitions"] as unknown as { name: string }[]).map(({ name }) => name);
      assert.deepEqual(names, ["Name", "Type", "Data", "Age"]);
      const rows = (json["rows"] as unknown as { cells: unknown[] }[]).map(({ cells }) => cells);
      const row = rows.find(([name]) => name === "bootstrap-token-aaaaa5");
      assert.deepEqual(row?.slice(1, 3), ["bootstrap.kubernetes.io/token", 4]);
    }
  });

  it("are selected by name and type", async () => {
    await post(secretBody({ "token-id": "aaaaa6", "token-secret": "7h4k29xq0mzv5c1b" }));
    const select = async (selector: string) => {
      const path = `${SECRETS_PATH}?fieldSelector=${encodeURIComponent(selector)}`;
      const { status, json } = await send(service, "GET", path, administrator());
      return status === 200 ? (json["items"] as unknown as unknown[]).length : status;
    };
    assert.equal(await select("metadata.name=bootstrap-token-aaaaa6"), 1);
    assert.equal(await select("metadata.name=bootstrap-token-aaaaa6,type==bootstrap.kubernetes.io/token"), 1);
    assert.equal(await select("metadata.name=bootstrap-token-zzzzzz"), 0);
    assert.equal(await select("type=Opaque"), 0);
    assert.equal(await select("data.token-id=aaaaa6"), 400);
  });

  it("are in kube-system, and nowhere else", async () => {
    const elsewhere = await send(service, "GET", "/api/v1/namespaces/default/secrets", administrator());
    assert.deepEqual([elsewhere.status, elsewhere.json["items"]], [200, []]);
    const missing = await send(service, "GET", "/api/v1/namespaces/default/secrets/foo", administrator());
    assert.deepEqual([missing.status, missing.json["message"]], [404, 'secrets "foo" not found']);
    const all = await send(service, "GET", SECRETS_PATH, administrator());
    const everywhere = await send(service, "GET", "/api/v1/secrets", administrator());
    assert.deepEqual([everywhere.status, everywhere.json["items"]], [200, all.json["items"]]);
    assert.equal((await send(service, "GET", "/api/v1/secrets", { as: await service.newToken() })).status, 403);
  });

  it("are nobody's business but administrators'", async () => {
    const as = await service.newToken();
    for (const method of ["GET", "POST"]) assert.equal((await send(service, method, SECRETS_PATH, { as })).status, 403);
    assert.equal((await send(service, "GET", SECRETS_PATH)).status, 401);
  });
});
