import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { eventsIn, send, textOf, type Sending } from "../../../../support/kubernetes-client.ts";
import { startKubernetesService, type KubernetesService } from "../../../../support/kubernetes-service.ts";

const SECRETS_PATH = "/api/v1/namespaces/kube-system/secrets";
const STREAMING = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";

describe("watches of bootstrap tokens", () => {
  let service: KubernetesService;
  let now = new Date("2027-01-01T00:00:00Z").getTime();
  const pass = (seconds: number): void => {
    now += seconds * 1000;
  };
  before(async () => {
    service = await startKubernetesService({ clock: () => new Date(now) });
  });
  after(async () => {
    await service.close();
    assert.deepEqual(service.faults, []);
  });
  const ask = (method: string, path: string, sending: Sending = {}) =>
    send(service, method, path, { as: service.administratorToken, ...sending });
  const create = (id: string, more: Readonly<Record<string, string>> = {}) =>
    ask("POST", SECRETS_PATH, {
      body: {
        metadata: { name: `bootstrap-token-${id}` },
        type: "bootstrap.kubernetes.io/token",
        stringData: { "token-id": id, "token-secret": "7h4k29xq0mzv5c1b", ...more },
      },
    });
  const watch = (query: string, headers = {}) => ask("GET", `${SECRETS_PATH}?watch=true&${query}`, { headers });
  const listVersion = async () => textOf((await ask("GET", SECRETS_PATH)).json["metadata"]?.["resourceVersion"]);
  const told = async (query: string) =>
    eventsIn(await watch(query)).map(({ type, object }) => `${type} ${textOf(object["metadata"]?.["name"])}`.trim());

  it("tell what happened since a list, once, and then to ask again soon", async () => {
    await create("aaaaa1", { expiration: new Date(now + 60_000).toISOString() });
    await create("aaaaa2");
    pass(10);
    const version = await listVersion();
    pass(10);
    assert.equal((await watch(`resourceVersion=${version}`)).headers["retry-after"], "5");
    const patch = { body: { stringData: { description: "rack 7" } }, type: "application/merge-patch+json" };
    await ask("PATCH", `${SECRETS_PATH}/bootstrap-token-aaaaa2`, patch);
    pass(1);
    await create("aaaaa3");
    pass(60);
    const answer = eventsIn(await watch(`resourceVersion=${version}&allowWatchBookmarks=true`));
    assert.deepEqual(
      answer.map(({ type, object }) => [type, object["metadata"]?.["name"]]),
      [
        ["MODIFIED", "bootstrap-token-aaaaa2"],
        ["ADDED", "bootstrap-token-aaaaa3"],
        ["DELETED", "bootstrap-token-aaaaa1"],
        ["BOOKMARK", undefined],
      ],
    );
    const versions = answer.map(({ object }) => Number(object["metadata"]?.["resourceVersion"]));
    assert.deepEqual(versions, versions.toSorted());
    assert.equal((await watch(`resourceVersion=${versions.at(-1)}`)).status, 429);
    assert.equal((await watch("resourceVersion=1")).status, 410);
  });

  it("tell of one token alone, and that it was deleted", async () => {
    await create("bbbbb1");
    pass(10);
    const version = await listVersion();
    const query = `resourceVersion=${version}&fieldSelector=metadata.name%3Dbootstrap-token-bbbbb1`;
    await create("bbbbb2");
    pass(1);
    await ask("DELETE", `${SECRETS_PATH}/bootstrap-token-bbbbb1`);
    pass(10);
    assert.deepEqual(await told(query), ["DELETED bootstrap-token-bbbbb1"]);
    const nobody = await watch(`${query.replace("bbbbb1", "nobody")}&timeoutSeconds=1&allowWatchBookmarks=true`);
    assert.deepEqual(
      eventsIn(nobody).map(({ type }) => type),
      ["BOOKMARK"],
    );
  });

  it("begin with what there is, in a streaming list too, and show no secret", async () => {
    await create("ccccc1");
    const query = `${STREAMING}&fieldSelector=metadata.name%3Dbootstrap-token-ccccc1`;
    const answer = await watch(query);
    assert.deepEqual(
      eventsIn(answer).map(({ type, object }) => [type, object["kind"]]),
      [
        ["ADDED", "Secret"],
        ["BOOKMARK", "Secret"],
        ["BOOKMARK", "Secret"],
      ],
    );
    assert.ok(!answer.text.includes(Buffer.from("7h4k29xq0mzv5c1b").toString("base64")));
    const accept = "application/json;as=Table;v=v1;g=meta.k8s.io";
    assert.equal(eventsIn(await watch("resourceVersion=0", { accept }))[0]?.object["kind"], "Table");
  });

  it("are administrators' alone", async () => {
    const answer = await ask("GET", `${SECRETS_PATH}?watch=true`, { as: await service.newToken() });
    assert.equal(answer.status, 403);
    assert.match(textOf(answer.json["message"]), /cannot watch resource "secrets"/);
  });
});
