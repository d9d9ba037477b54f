import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { requestBody, REQUESTS_PATH, send, textOf } from "../../../../support/kubernetes-client.ts";
import { startKubernetesService, type KubernetesService } from "../../../../support/kubernetes-service.ts";
import { decision, issuanceRecord } from "../../../../support/stored-records.ts";

describe("lists of certificatesigningrequests", () => {
  let service: KubernetesService;
  before(async () => {
    service = await startKubernetesService();
  });
  after(async () => {
    await service.close();
    assert.deepEqual(service.faults, []);
  });
  const administrator = () => ({ as: service.administratorToken });

  it("shows a bootstrap token its own requests and nobody else's", async () => {
    const [one, other] = [await service.newToken(), await service.newToken()];
    await send(service, "POST", REQUESTS_PATH, { as: one, body: requestBody({ name: "mine", nodeName: "mine" }) });
    const names = async (as: typeof one) => namesIn((await send(service, "GET", REQUESTS_PATH, { as })).json["items"]);
    assert.deepEqual(await names(one), ["mine"]);
    assert.deepEqual(await names(other), []);
    assert.equal((await send(service, "GET", `${REQUESTS_PATH}/mine`, { as: other })).status, 404);
    const selected = await send(service, "GET", `${REQUESTS_PATH}?fieldSelector=metadata.name%3Dmine`, { as: other });
    assert.deepEqual(namesIn(selected.json["items"]), []);
  });

  it("pages a list, and gives every object once", async () => {
    const token = await service.newToken({ groups: ["system:bootstrappers:others"] });
    for (let index = 0; index < 7; index++)
      await send(service, "POST", REQUESTS_PATH, {
        as: token,
        body: requestBody({ name: `page-${index}`, nodeName: `p${index}` }),
      });
    const seen: string[] = [];
    let path = `${REQUESTS_PATH}?limit=3`;
    for (let page = 0; page < 20; page++) {
      const { json } = await send(service, "GET", path, { as: token });
      const names = namesIn(json["items"]);
      assert.ok(names.length <= 3);
      seen.push(...names);
      const next = json["metadata"]?.["continue"];
      if (next === undefined) break;
      path = `${REQUESTS_PATH}?limit=3&continue=${textOf(next)}`;
    }
    assert.deepEqual(
      seen.toSorted(),
      Array.from({ length: 7 }, (_, index) => `page-${index}`),
    );
  });

  it("lists in the order of names, whatever changed last", async () => {
    const token = await service.newToken({ groups: ["system:bootstrappers:ordered"] });
    for (const name of ["order-b", "order-c", "order-a"])
      await send(service, "POST", REQUESTS_PATH, { as: token, body: requestBody({ name, nodeName: name }) });
    const { json } = await send(service, "GET", REQUESTS_PATH, { as: token });
    assert.deepEqual(namesIn(json["items"]), ["order-a", "order-b", "order-c"]);
  });

  it("selects by labels, in all of Kubernetes' ways", async () => {
    const token = await service.newToken({ groups: ["system:bootstrappers:labelled"] });
    const labels = { rack: "7", team: "blue" };
    const body = requestBody({ name: "labelled", nodeName: "labelled", metadata: { labels } });
    await send(service, "POST", REQUESTS_PATH, { as: token, body });
    const select = async (selector: string) => {
      const path = `${REQUESTS_PATH}?labelSelector=${encodeURIComponent(selector)}`;
      return namesIn((await send(service, "GET", path, { as: token })).json["items"]).length === 1;
    };
    for (const good of [
      "rack=7",
      "rack>6",
      "rack<8,team!=red",
      "team in (red, blue)",
      "team notin (red)",
      "rack,!room",
    ])
      assert.ok(await select(good), good);
    for (const bad of ["rack>7", "rack<7", "team>1", "room<9", "team in (red)", "room"])
      assert.ok(!(await select(bad)), bad);
  });

  it("lists everything, whatever the request of one object is taken for today", async () => {
    const unread = { name: "unread", createdAt: new Date(), decision: decision({ at: new Date() }) };
    await service.ledger.createPending(issuanceRecord(unread));
    const { status, json } = await send(service, "GET", REQUESTS_PATH, administrator());
    assert.equal(status, 200);
    assert.ok(namesIn(json["items"]).includes("unread"));
    const one = await send(service, "GET", `${REQUESTS_PATH}/unread`, administrator());
    assert.equal(one.json["status"]?.["conditions"]?.[1]?.["type"], "Failed");
  });
});

function namesIn(items: unknown): string[] {
  return (items as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name).toSorted();
}
