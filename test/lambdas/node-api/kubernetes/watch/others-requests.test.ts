import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { BootstrapToken } from "../../../../../core/token/bootstrap-token.ts";
import {
  eventsIn,
  personBody,
  requestBody,
  REQUESTS_PATH,
  send,
  textOf,
  type KubernetesAnswer,
} from "../../../../support/kubernetes-client.ts";
import { startKubernetesService, type KubernetesService } from "../../../../support/kubernetes-service.ts";

const SETTLE_MS = 300;

/** What a stranger is told of a request by its name has to be the same, whatever there is under that name. */
describe("what a stranger can tell of another's request", () => {
  let service: KubernetesService;
  let stranger: BootstrapToken;
  before(async () => {
    service = await startKubernetesService({
      options: { watch: { holdMilliseconds: 400, pollMilliseconds: 20, settleMilliseconds: SETTLE_MS } },
    });
    stranger = await service.newToken();
    const owner = await service.newToken();
    const body = requestBody({ name: "settled", nodeName: "settled-node" });
    await send(service, "POST", REQUESTS_PATH, { as: owner, body });
    await send(service, "POST", REQUESTS_PATH, { as: service.administratorToken, body: personBody("waiting") });
  });
  after(async () => {
    await service.close();
    assert.deepEqual(service.faults, []);
  });

  const get = (query: string): Promise<KubernetesAnswer> =>
    send(service, "GET", `${REQUESTS_PATH}${query}`, { as: stranger });
  const named = (name: string): string => `fieldSelector=metadata.name%3D${name}`;
  const streaming = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
  const NAMES = ["settled", "waiting", "never-was"];

  it("is not whether a streaming list of it goes on", async () => {
    const answers = await Promise.all(NAMES.map((name) => get(`?watch=1&${streaming}&${named(name)}`)));
    assert.deepEqual(
      answers.map((answer) => eventsIn(answer).map(({ type }) => type)),
      NAMES.map(() => ["BOOKMARK", "BOOKMARK"]),
    );
  });

  it("is not, by a version, that it has just changed", async () => {
    const newest = async (name: string): Promise<void> => {
      await send(service, "POST", REQUESTS_PATH, { as: service.administratorToken, body: personBody(name) });
    };
    await newest("changed");
    const versions = await Promise.all(
      ["changed", "never-was"].map(async (name) => {
        const [bookmark] = eventsIn(await get(`?watch=1&${streaming}&${named(name)}`));
        const { json } = await get(`?${named(name)}`);
        return [bookmark?.object["metadata"]?.["resourceVersion"], json["metadata"]?.["resourceVersion"]].map(textOf);
      }),
    );
    // Of nothing it is the time until which all is known; the time of the change would be later.
    const settled = Date.now() - SETTLE_MS;
    for (const version of versions.flat()) assert.ok(Number(version) <= settled, `${version} tells of a change`);
  });

  it("is not, by how it is watched, listed or read", async () => {
    await sleep(SETTLE_MS);
    for (const query of ["resourceVersion=0", `resourceVersion=${Date.now()}`, "allowWatchBookmarks=true"]) {
      const answers = await Promise.all(NAMES.map((name) => get(`?watch=1&${query}&${named(name)}`)));
      assert.deepEqual(
        answers.map(({ status }) => status),
        NAMES.map(() => 429),
        query,
      );
      assert.equal(new Set(answers.map(({ text }) => text)).size, 1, query);
    }
    const lists = await Promise.all(NAMES.map((name) => get(`?${named(name)}`)));
    for (const { json } of lists) assert.deepEqual(json["items"], []);
    const read = await Promise.all(NAMES.map((name) => get(`/${name}`)));
    const texts = read.map(({ status, text }, index) => `${status} ${text.replaceAll(NAMES[index] ?? "", "NAME")}`);
    assert.equal(new Set(texts).size, 1, texts.join("\n"));
  });

  it("is not, by preconditions of changes it may not make", async () => {
    const changes = [
      { method: "DELETE", path: "", body: { preconditions: { uid: "0" } } },
      { method: "PUT", path: "", body: personBody("NAME") },
      { method: "PATCH", path: "", body: [{ op: "test", path: "/metadata/name", value: "x" }] },
      { method: "PUT", path: "/approval", body: personBody("NAME") },
      { method: "PUT", path: "/status", body: personBody("NAME") },
    ];
    for (const { method, path, body } of changes) {
      const answers = await Promise.all(
        NAMES.map(async (name) => {
          const type = method === "PATCH" ? "application/json-patch+json" : "application/json";
          const target = `${REQUESTS_PATH}/${name}${path}`;
          const { status, text } = await send(service, method, target, { as: stranger, body, type });
          return `${status} ${text.replaceAll(name, "NAME")}`;
        }),
      );
      assert.equal(new Set(answers).size, 1, `${method} ${path}: ${answers.join("\n")}`);
      assert.match(answers[0] ?? "", /^403 /);
    }
  });

  it("is that its name is taken, where the stranger could have it, and nothing where it could not", async () => {
    const dryRun = (as: BootstrapToken, name: string, nodeName: string) =>
      send(service, "POST", `${REQUESTS_PATH}?dryRun=All`, { as, body: requestBody({ name, nodeName }) });
    assert.equal((await dryRun(stranger, "settled", "free-node")).status, 409);
    const narrow = await service.newToken({ nodeNames: ["only-this"] });
    const spent = await service.newToken({ maxUses: 0 });
    for (const as of [narrow, spent]) {
      const answers = await Promise.all(NAMES.map((name) => dryRun(as, name, "free-node")));
      const texts = answers.map(
        ({ status, text }, index) => `${status} ${text.replaceAll(NAMES[index] ?? "", "NAME")}`,
      );
      assert.equal(new Set(texts).size, 1, texts.join("\n"));
      assert.match(texts[0] ?? "", /^403 /);
    }
  });
});
