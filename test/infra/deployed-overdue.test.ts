import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout } from "node:timers/promises";
import { overdueNodes } from "../../core/renewal/overdue-nodes.ts";
import { deployService } from "../support/deployed/deployed-service.ts";
import { httpEvent } from "../support/deployed/http-event.ts";
import { putNode, storesOf } from "../support/deployed/silent-node.ts";
import { eventFaults } from "../support/event-faults.ts";
import { filterPattern } from "../support/filter-pattern.ts";
import { unusedPermissions, whyDenied } from "../support/iam/deployed-policies.ts";
import { logBatch } from "../support/log-batch.ts";

const service = await deployService();
after(() => service.close());

const stores = storesOf(service);

/** Lines of the authority function's log of this kind. */
const told = (message: string): string[] =>
  service.functions.authority
    .log()
    .split("\n")
    .filter((line) => line.includes(`"message":"${message}"`));

describe("a deployment whose nodes stop renewing", () => {
  before(async () => {
    await service.functions.authority.invoke({
      RequestType: "Create",
      ResponseURL: `${service.objectStore.url}/response`,
      StackId: "stack",
      RequestId: "request",
      LogicalResourceId: "Authorities",
      ResourceProperties: {},
    });
    await putNode(service, "stopped.example", 160);
    await putNode(service, "alive.example", 160);
    await putNode(service, "alive.example", 20);
  });

  it("tells of each once, on the reconciliations of its schedule", async () => {
    await service.functions.authority.invoke(service.scheduledReconciliation);
    await service.functions.authority.invoke(service.scheduledReconciliation);
    // What a worker prints may come after its answer.
    while (told("nodes_overdue").length === 0) await setTimeout(10);
    assert.equal(told("node_overdue").length, 1);
    assert.match(told("node_overdue")[0] ?? "", /"nodeName":"stopped\.example"/);
    assert.match(told("nodes_overdue")[0] ?? "", /"nodeCount":1/);
  });

  it("makes events of it that keep to their schemas", async () => {
    const isSubscribed = filterPattern(service.subscriptionPattern);
    const lines = [...told("node_overdue"), ...told("nodes_overdue")];
    assert.ok(lines.every((line) => isSubscribed(JSON.parse(line) as Record<string, unknown>)));
    await service.functions.events.invoke(logBatch(lines));
    const types = service.eventBus.received.map((event) => event.DetailType);
    assert.deepEqual(types, ["Node Overdue", "Nodes Overdue"]);
    for (const event of service.eventBus.received) assert.deepEqual(eventFaults(event), []);
  });

  it("lists them for administrators, with what helps to find them", async () => {
    const event = httpEvent({ routeKey: "GET /v1/admin/nodes", query: { overdue: "true" } });
    const answer = (await service.functions["admin-api"].invoke(event)) as { readonly body: string };
    const { items } = JSON.parse(answer.body) as { readonly items: readonly Record<string, unknown>[] };
    const [expected] = (await overdueNodes(stores, { limit: 10, cursor: undefined }, new Date())).items;
    assert.deepEqual(
      items.map(({ nodeName, notAfter, overdueSince, agentVersion }) => [
        nodeName,
        notAfter,
        overdueSince,
        agentVersion,
      ]),
      [
        [
          "stopped.example",
          expected?.slot.notAfter.toISOString().replace(/\.\d+/, ""),
          expected?.since.toISOString().replace(/\.\d+/, ""),
          null,
        ],
      ],
    );
  });

  it("refuses another word than true", async () => {
    const event = httpEvent({ routeKey: "GET /v1/admin/nodes", query: { overdue: "yes" } });
    const answer = (await service.functions["admin-api"].invoke(event)) as { statusCode: number; body: string };
    assert.equal(answer.statusCode, 400);
    assert.match(answer.body, /must be true or left out/);
  });

  it("is allowed every call it made; and the function that may use the root's key has nothing more to read", () => {
    const denied = service.calls().filter((call) => whyDenied(service.policies, call) !== undefined);
    assert.deepEqual(denied, []);
    const own = unusedPermissions(service.policies, service.calls()).filter((permission) =>
      permission.startsWith(service.roleArn("authority")),
    );
    assert.deepEqual(own, []);
  });
});
