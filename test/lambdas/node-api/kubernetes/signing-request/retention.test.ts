import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { newKeyPair } from "../../../../support/key-pairs.ts";
import {
  certificatePemIn,
  eventsIn,
  personBody,
  requestBody,
  REQUESTS_PATH,
  send,
  textOf,
} from "../../../../support/kubernetes-client.ts";
import { startKubernetesService, type KubernetesService } from "../../../../support/kubernetes-service.ts";

const HOUR = 3600;

describe("objects, as time goes by", () => {
  let service: KubernetesService;
  let seconds = 0;
  before(async () => {
    const begun = Date.now();
    service = await startKubernetesService({ clock: () => new Date(begun + seconds * 1000) });
  });
  after(async () => {
    await service.close();
    assert.deepEqual(service.faults, []);
  });
  const administrator = () => ({ as: service.administratorToken });
  const statusOf = async (name: string, sending = administrator()) =>
    (await send(service, "GET", `${REQUESTS_PATH}/${name}`, sending)).status;
  const create = (name: string) => send(service, "POST", REQUESTS_PATH, { ...administrator(), body: personBody(name) });
  const decide = async (name: string, type: "Approved" | "Denied") => {
    const { json } = await send(service, "GET", `${REQUESTS_PATH}/${name}`, administrator());
    const body = { ...json, status: { conditions: [{ type, status: "True", reason: "Test" }] } };
    return send(service, "PUT", `${REQUESTS_PATH}/${name}/approval`, { ...administrator(), body });
  };

  it("are gone an hour after their certificate, but for the owner that holds the key", async () => {
    const token = await service.newToken();
    const keyPair = newKeyPair("P-256");
    const body = requestBody({ name: "node-csr-1", nodeName: "n1", keyPair });
    const created = await send(service, "POST", REQUESTS_PATH, { as: token, body });
    const version = textOf(created.json["metadata"]?.["resourceVersion"]);
    seconds += HOUR - 1;
    assert.equal(await statusOf("node-csr-1"), 200);
    seconds += 2;
    assert.equal(await statusOf("node-csr-1"), 404);
    const { json } = await send(service, "GET", REQUESTS_PATH, administrator());
    assert.deepEqual(json["items"], []);
    const again = await send(service, "POST", REQUESTS_PATH, { as: token, body });
    assert.deepEqual([again.status, again.json["reason"]], [409, "AlreadyExists"]);
    const own = await send(service, "GET", `${REQUESTS_PATH}/node-csr-1`, { as: token });
    assert.equal(certificatePemIn(own), certificatePemIn(created));
    const stored = await service.ledger.read("node-csr-1");
    assert.notEqual(stored?.completion, undefined, "the ledger keeps what Kubernetes forgets");
    assert.ok(Number(version) > 0);
  });

  it("are gone an hour after they were denied, and their name is free again", async () => {
    await create("erin");
    await decide("erin", "Denied");
    assert.equal((await create("erin")).status, 409);
    seconds += HOUR;
    assert.equal(await statusOf("erin"), 404);
    assert.equal((await create("erin")).status, 201);
    assert.equal(await statusOf("erin"), 200);
  });

  it("wait a day for a decision, and another for their owner", async () => {
    await create("frank");
    seconds += 24 * HOUR - 1;
    assert.equal(await statusOf("frank"), 200);
    seconds += 1;
    assert.equal(await statusOf("frank"), 404);
  });

  it("are told to be deleted to whoever watches when their time comes", async () => {
    const { json } = await create("grace");
    await decide("grace", "Denied");
    seconds += HOUR - 60;
    const { json: list } = await send(service, "GET", `${REQUESTS_PATH}?limit=500`, administrator());
    assert.ok(json["metadata"]);
    const since = textOf(list["metadata"]?.["resourceVersion"]);
    seconds += 61;
    const events = eventsIn(
      await send(service, "GET", `${REQUESTS_PATH}?watch=1&resourceVersion=${since}`, administrator()),
    );
    assert.deepEqual(
      events.map(({ type, object }) => [type, object["metadata"]?.["name"]]),
      [["DELETED", "grace"]],
    );
  });
});
