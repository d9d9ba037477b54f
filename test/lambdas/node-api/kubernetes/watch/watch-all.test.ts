import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import {
  eventsIn,
  personBody,
  requestBody,
  REQUESTS_PATH,
  send,
  textOf,
} from "../../../../support/kubernetes-client.ts";
import { startKubernetesService, type KubernetesService } from "../../../../support/kubernetes-service.ts";
import { issuanceRecord } from "../../../../support/stored-records.ts";

const SETTLE_MS = 40;

/** With the real clock, unless the test has one of its own. */
async function start(t: TestContext, clock?: { readonly now: number }): Promise<KubernetesService> {
  const service = await startKubernetesService({
    ...(clock === undefined ? {} : { clock: () => new Date(clock.now) }),
    options: { watch: { holdMilliseconds: 400, pollMilliseconds: 20, settleMilliseconds: SETTLE_MS } },
  });
  t.after(service.close);
  return service;
}

async function versionNow(service: KubernetesService): Promise<string> {
  const { json } = await send(service, "GET", `${REQUESTS_PATH}?limit=1`, { as: service.administratorToken });
  return textOf(json["metadata"]?.["resourceVersion"]);
}

interface Told {
  readonly type: string;
  readonly name: string;
  readonly version: string;
}

async function watchOnce(service: KubernetesService, since: string, query = ""): Promise<Told[]> {
  const path = `${REQUESTS_PATH}?watch=1&resourceVersion=${since}${query}`;
  return eventsIn(await send(service, "GET", path, { as: service.administratorToken })).map(({ type, object }) => ({
    type,
    name: textOf(object["metadata"]?.["name"]),
    version: textOf(object["metadata"]?.["resourceVersion"]),
  }));
}

/** Goes on from the version of the last event, as every client does, until an answer has none. */
async function watchToTheEnd(service: KubernetesService, since: string): Promise<Told[]> {
  const told: Told[] = [];
  for (let version = since; ;) {
    const events = await watchOnce(service, version);
    if (events.length === 0) return told;
    told.push(...events);
    version = events.at(-1)?.version ?? version;
  }
}

async function store(service: KubernetesService, name: string, createdAt: Date): Promise<void> {
  await service.ledger.createPending({ ...issuanceRecord(), name, createdAt });
}

describe("a watch of all", () => {
  it("tells of an object that was decided on before the list, and written after it", async (t) => {
    const clock = { now: Date.now() };
    const service = await start(t, clock);
    const since = await versionNow(service);
    await store(service, "late", new Date(clock.now - SETTLE_MS / 4));
    clock.now += 2 * SETTLE_MS;
    assert.deepEqual(
      (await watchOnce(service, since)).map(({ type, name }) => [type, name]),
      [["ADDED", "late"]],
    );
  });

  it("waits with what it tells until what was decided on earlier can be read", async (t) => {
    const clock = { now: Date.now() };
    const service = await start(t, clock);
    const since = await versionNow(service);
    await store(service, "second", new Date(clock.now + 1));
    clock.now += SETTLE_MS / 4;
    assert.deepEqual(await watchOnce(service, since), []);
    await store(service, "first", new Date(clock.now - SETTLE_MS / 4));
    clock.now += 2 * SETTLE_MS;
    assert.deepEqual(
      (await watchToTheEnd(service, since)).map(({ name }) => name),
      ["first", "second"],
    );
  });

  it("loses nothing of a herd, answer after answer", async (t) => {
    const service = await start(t);
    const begun = Date.now() - 10_000;
    const names = Array.from({ length: 350 }, (_, index) => `csr-${index}`);
    for (const [index, name] of names.entries()) await store(service, name, new Date(begun + Math.floor(index / 3)));
    const told = await watchToTheEnd(service, String(begun - 1));
    assert.deepEqual([...new Set(told.map(({ name }) => name))].toSorted(), names.toSorted());
    assert.ok(told.every(({ type }) => type === "ADDED"));
    const versions = told.map(({ version }) => Number(version));
    assert.deepEqual(
      versions,
      versions.toSorted((one, other) => one - other),
    );
  });

  it("tells of a change to an old object among many", async (t) => {
    const service = await start(t);
    const begun = Date.now() - 600_000;
    for (let index = 0; index < 1200; index++) await store(service, `csr-${index}`, new Date(begun + index));
    const since = await versionNow(service);
    const word = { outcome: "Denied", by: "ada", reason: "Test", message: "", at: new Date() } as const;
    await service.ledger.decide("csr-0", word);
    assert.deepEqual(
      (await watchOnce(service, since)).map(({ type, name }) => [type, name]),
      [["MODIFIED", "csr-0"]],
    );
  });

  it("streams a list only when it is whole, and else sends the client to pages", async (t) => {
    const service = await start(t);
    const begun = Date.now() - 600_000;
    const stream = () =>
      send(
        service,
        "GET",
        `${REQUESTS_PATH}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`,
        { as: service.administratorToken },
      );
    for (let index = 0; index < 400; index++) await store(service, `csr-${index}`, new Date(begun + index));
    const whole = eventsIn(await stream());
    assert.equal(whole.filter(({ type }) => type === "ADDED").length, 400);
    assert.equal(whole.at(400)?.object["metadata"]?.["annotations"]?.["k8s.io/initial-events-end"], "true");
    for (let index = 400; index < 600; index++) await store(service, `csr-${index}`, new Date(begun + index));
    const { status, json } = await stream();
    assert.deepEqual([status, json["reason"]], [422, "Invalid"]);
    assert.match(textOf(json["message"]), /sendInitialEvents is forbidden for watch/);
  });

  it("gives a deletion the version of the deletion", async (t) => {
    const service = await start(t);
    const as = service.administratorToken;
    const { json } = await send(service, "POST", REQUESTS_PATH, { as, body: personBody("gone") });
    await sleep(2 * SETTLE_MS);
    const since = await versionNow(service);
    await sleep(5);
    await send(service, "DELETE", `${REQUESTS_PATH}/gone`, { as });
    const [told] = await watchOnce(service, since);
    assert.equal(told?.type, "DELETED");
    assert.ok(Number(told.version) > Number(json["metadata"]?.["resourceVersion"]));
    assert.ok(Number(told.version) > Number(since));
  });

  it("tells whoever selects by label that an object is no longer among theirs", async (t) => {
    const service = await start(t);
    const as = service.administratorToken;
    const labelled = { ...personBody("blue"), metadata: { name: "blue", labels: { team: "blue" } } };
    await send(service, "POST", REQUESTS_PATH, { as, body: labelled });
    await sleep(2 * SETTLE_MS);
    const since = await versionNow(service);
    const patch = { metadata: { labels: { team: "red" } } };
    const type = "application/merge-patch+json";
    await send(service, "PATCH", `${REQUESTS_PATH}/blue`, { as, body: patch, type });
    const told = await watchOnce(service, since, "&labelSelector=team%3Dblue");
    assert.deepEqual(
      told.map(({ type, name }) => [type, name]),
      [["DELETED", "blue"]],
    );
  });
});

describe("a streaming list of one", () => {
  it("has its owner's certificate when others no longer see it", async (t) => {
    let hours = 0;
    const service = await startKubernetesService({ clock: () => new Date(Date.now() + hours * 3600_000) });
    t.after(service.close);
    const as = await service.newToken();
    await send(service, "POST", REQUESTS_PATH, { as, body: requestBody({ name: "node-csr-1", nodeName: "n1" }) });
    hours = 2;
    const query = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
    const path = `${REQUESTS_PATH}?watch=1&fieldSelector=metadata.name%3Dnode-csr-1&${query}`;
    assert.equal(eventsIn(await send(service, "GET", path, { as }))[0]?.type, "ADDED");
    assert.equal(eventsIn(await send(service, "GET", path, { as: service.administratorToken }))[0]?.type, "BOOKMARK");
  });
});
