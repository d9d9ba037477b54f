import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { eventsIn, personBody, REQUESTS_PATH, send } from "../../../../support/kubernetes-client.ts";
import { startKubernetesService, type KubernetesService } from "../../../../support/kubernetes-service.ts";

const KIND = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
const LIST = KIND.replace("Metadata;", "MetadataList;");

describe("objects without what is in them", () => {
  let service: KubernetesService;
  before(async () => {
    service = await startKubernetesService();
    await send(service, "POST", REQUESTS_PATH, { as: service.administratorToken, body: personBody("alice") });
  });
  after(async () => {
    await service.close();
    assert.deepEqual(service.faults, []);
  });
  const read = (path: string, accept: string) =>
    send(service, "GET", path, { as: service.administratorToken, headers: { accept } });

  it("are read alone and in lists", async () => {
    const { json: one } = await read(`${REQUESTS_PATH}/alice`, KIND);
    assert.deepEqual(Object.keys(one), ["kind", "apiVersion", "metadata"]);
    assert.deepEqual([one["kind"], one["metadata"]?.["name"]], ["PartialObjectMetadata", "alice"]);
    const { json: list } = await read(REQUESTS_PATH, LIST);
    assert.equal(list["kind"], "PartialObjectMetadataList");
    assert.deepEqual(list["items"], [one]);
  });

  it("are watched, bookmarks among them: a client that knows no other kind can read every event", async () => {
    const query = "watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
    const events = eventsIn(await read(`${REQUESTS_PATH}?${query}`, KIND));
    assert.deepEqual([...new Set(events.map(({ object }) => object["kind"]))], ["PartialObjectMetadata"]);
    assert.deepEqual(
      events.map(({ type }) => type),
      ["ADDED", "BOOKMARK", "BOOKMARK"],
    );
  });

  it("are read of bootstrap tokens too", async () => {
    const path = "/api/v1/namespaces/kube-system/secrets";
    const body = {
      metadata: { name: "bootstrap-token-aaaaaa" },
      type: "bootstrap.kubernetes.io/token",
      stringData: { "token-id": "aaaaaa", "token-secret": "7h4k29xq0mzv5c1b" },
    };
    await send(service, "POST", path, { as: service.administratorToken, body });
    assert.equal((await read(`${path}/bootstrap-token-aaaaaa`, KIND)).json["data"], undefined);
    const { json } = await read(path, LIST);
    assert.deepEqual(
      [json["kind"], json["items"]?.["0"]?.["kind"]],
      ["PartialObjectMetadataList", "PartialObjectMetadata"],
    );
  });
});
