import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { encodeBootstrapToken, type BootstrapToken } from "../../../../../core/token/bootstrap-token.ts";
import {
  eventsIn,
  personBody,
  requestBody,
  REQUESTS_PATH,
  send,
  textOf,
} from "../../../../support/kubernetes-client.ts";
import { startKubernetesService, type KubernetesService } from "../../../../support/kubernetes-service.ts";

/** Longer than it takes here until a change is told. */
const SETTLED = 60;

describe("a watch", () => {
  let service: KubernetesService;
  before(async () => {
    service = await startKubernetesService({
      options: { watch: { holdMilliseconds: 1500, pollMilliseconds: 20, settleMilliseconds: 30 } },
    });
  });
  after(async () => {
    await service.close();
    assert.deepEqual(service.faults, []);
  });

  const administrator = () => ({ as: service.administratorToken });
  const create = (name: string) => send(service, "POST", REQUESTS_PATH, { ...administrator(), body: personBody(name) });
  const versionNow = async (): Promise<string> => {
    const { json } = await send(service, "GET", `${REQUESTS_PATH}?limit=1`, administrator());
    return textOf(json["metadata"]?.["resourceVersion"]);
  };
  const watch = (query: string, as = service.administratorToken) =>
    send(service, "GET", `${REQUESTS_PATH}?watch=true&${query}`, { as });
  const named = (name: string): string => `fieldSelector=metadata.name%3D${name}`;

  it("lists as a stream at once: what there is, and the bookmark that says so", async () => {
    const token = await service.newToken();
    await send(service, "POST", REQUESTS_PATH, { as: token, body: requestBody({ name: "streamed", nodeName: "s1" }) });
    const query = `${named("streamed")}&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`;
    const answer = await send(service, "GET", `${REQUESTS_PATH}?watch=true&${query}`, { as: token });
    const [added, bookmark, ...rest] = eventsIn(answer);
    assert.equal(answer.headers["content-type"], "application/json");
    assert.deepEqual([added?.type, added?.object["metadata"]?.["name"]], ["ADDED", "streamed"]);
    assert.deepEqual([bookmark?.type, bookmark?.object["kind"]], ["BOOKMARK", "CertificateSigningRequest"]);
    assert.equal(bookmark?.object["metadata"]?.["annotations"]?.["k8s.io/initial-events-end"], "true");
    assert.match(textOf(bookmark.object["metadata"]["resourceVersion"]), /^[1-9]\d+$/);
    // The object is issued: the client ends here, and is not invited to go on.
    assert.deepEqual(rest, []);
  });

  it("invites a client whose request waits to an ordinary watch, with a bookmark of its own", async () => {
    await create("streamed-pending");
    const query = `${named("streamed-pending")}&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`;
    assert.deepEqual(
      eventsIn(await watch(query)).map(({ type }) => type),
      ["ADDED", "BOOKMARK", "BOOKMARK"],
    );
  });

  it("tells of a new request to whoever watches all", async () => {
    await sleep(SETTLED);
    const since = await versionNow();
    const watching = watch(`resourceVersion=${since}`);
    await sleep(100);
    await create("watched");
    const events = eventsIn(await watching);
    assert.deepEqual(
      events.map(({ type, object }) => [type, object["metadata"]?.["name"]]),
      [["ADDED", "watched"]],
    );
  });

  it("tells of an approval, with the certificate its owner's watch has signed", async () => {
    const { json } = await create("approved");
    const version = textOf(json["metadata"]?.["resourceVersion"]);
    const watching = watch(`${named("approved")}&resourceVersion=${version}`);
    await sleep(100);
    const body = { ...json, status: { conditions: [{ type: "Approved", status: "True", reason: "Test" }] } };
    await send(service, "PUT", `${REQUESTS_PATH}/approved/approval`, { ...administrator(), body });
    const [event] = eventsIn(await watching);
    assert.equal(event?.type, "MODIFIED");
    assert.match(textOf(event.object["status"]?.["certificate"]), /^LS0tLS1CRUdJTiBDRVJUSUZJQ0FUR/);
  });

  it("tells what happened next along with what there was, to who begins at version 0", async () => {
    const { json } = await create("next");
    const watching = watch(`${named("next")}&resourceVersion=0`);
    await sleep(100);
    const body = { ...json, status: { conditions: [{ type: "Denied", status: "True", reason: "Test" }] } };
    await send(service, "PUT", `${REQUESTS_PATH}/next/approval`, { ...administrator(), body });
    assert.deepEqual(
      eventsIn(await watching).map(({ type }) => type),
      ["ADDED", "MODIFIED"],
    );
    assert.deepEqual(
      eventsIn(await watch(`${named("next")}&resourceVersion=0`)).map(({ type }) => type),
      ["ADDED"],
    );
  });

  it("tells of a deletion", async () => {
    const { json } = await create("deleted");
    const version = textOf(json["metadata"]?.["resourceVersion"]);
    await sleep(5);
    await send(service, "DELETE", `${REQUESTS_PATH}/deleted`, administrator());
    const events = eventsIn(await watch(`${named("deleted")}&resourceVersion=${version}`));
    assert.deepEqual(
      events.map(({ type }) => type),
      ["DELETED"],
    );
  });

  it("is held when nothing happens, and ends with a bookmark if one was asked for", async () => {
    await create("quiet");
    await sleep(SETTLED);
    const since = await versionNow();
    const startedAt = performance.now();
    const bare = eventsIn(await watch(`resourceVersion=${since}&timeoutSeconds=1`));
    // Below a second a client takes it for a failure (K7.4).
    assert.ok(performance.now() - startedAt >= 1000);
    assert.deepEqual(bare, []);
    const [bookmark] = eventsIn(await watch(`resourceVersion=${since}&timeoutSeconds=1&allowWatchBookmarks=true`));
    assert.equal(bookmark?.type, "BOOKMARK");
    assert.ok(Number(bookmark.object["metadata"]?.["resourceVersion"]) >= Number(since));
  });

  describe("of a node", () => {
    let token: BootstrapToken;
    let version = "";
    const own = () =>
      watch(`${named("own")}&resourceVersion=${version}&timeoutSeconds=300`, encodeBootstrapToken(token));
    before(async () => {
      token = await service.newToken({ groups: ["system:bootstrappers:rack-7"] });
      const body = requestBody({ name: "own", nodeName: "own" });
      const { json } = await send(service, "POST", REQUESTS_PATH, { as: token, body });
      version = textOf(json["metadata"]?.["resourceVersion"]);
    });

    it("is not held while it waits for a word: it is told when to ask again", async (t) => {
      const looks = t.mock.method(service.ledger, "read");
      const answers = await Promise.all(Array.from({ length: 20 }, own));
      // One that is held looks every 20 ms, for a second and a half.
      assert.ok(looks.mock.callCount() <= 2 * answers.length, `${looks.mock.callCount()} looks: instances were kept`);
      for (const { status, headers, json } of answers) {
        assert.deepEqual([status, headers["retry-after"], json["reason"]], [429, "5", "TooManyRequests"]);
        assert.equal(json["details"]?.["retryAfterSeconds"], 5);
      }
    });

    it("tells of nobody else's object whether it is there, waits or is done", async () => {
      for (const name of ["quiet", "approved", "none"]) {
        const query = `${named(name)}&resourceVersion=${version}`;
        assert.equal((await watch(query, encodeBootstrapToken(token))).status, 429, name);
      }
    });

    it("is told of the approval with its certificate, and is then held for a second and closed", async () => {
      const { json } = await send(service, "GET", `${REQUESTS_PATH}/own`, administrator());
      const body = { ...json, status: { conditions: [{ type: "Approved", status: "True", reason: "Test" }] } };
      await send(service, "PUT", `${REQUESTS_PATH}/own/approval`, { ...administrator(), body });
      const [event] = eventsIn(await own());
      assert.equal(event?.type, "MODIFIED");
      assert.match(textOf(event.object["status"]?.["certificate"]), /^LS0tLS1CRUdJTiBDRVJUSUZJQ0FUR/);
      version = textOf(event.object["metadata"]?.["resourceVersion"]);
      const startedAt = performance.now();
      const { status, text } = await own();
      // A client that has what it waited for can end here; closed at once it would be taken for a failure (K7.4).
      assert.deepEqual([status, text], [200, ""]);
      assert.ok(performance.now() - startedAt >= 1000);
    });
  });

  it("shows Tables to kubectl", async () => {
    const accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
    const answer = await send(service, "GET", `${REQUESTS_PATH}?watch=true&${named("quiet")}`, {
      ...administrator(),
      headers: { accept },
    });
    const [event] = eventsIn(answer);
    assert.equal(event?.object["kind"], "Table");
    assert.equal(event.object["rows"]?.[0]?.["cells"]?.[5], "Pending");
  });
});
