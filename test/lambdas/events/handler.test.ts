import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RejectedEvent } from "../../../core/audit/event-publisher.ts";
import type { ServiceEvent } from "../../../core/audit/service-event.ts";
import { eventsHandler } from "../../../lambdas/events/handler.ts";
import { logBatch } from "../../support/log-batch.ts";
import { loggedLines } from "../../support/logged-lines.ts";

const released = (nodeName: string): string =>
  JSON.stringify({ message: "node_released", nodeName, username: "arn:aws:iam::111122223333:role/ops" });

async function handled(
  batch: Parameters<typeof logBatch>,
  publish: (events: readonly ServiceEvent[]) => Promise<readonly RejectedEvent[]> = () => Promise.resolve([]),
) {
  const published: ServiceEvent[] = [];
  const lost: RejectedEvent[] = [];
  let calls = 0;
  const handler = eventsHandler({
    clusterName: "blue",
    publisher: {
      publish: (events) => {
        calls++;
        published.push(...events);
        return publish(events);
      },
    },
    lost: (event) => lost.push(event),
  });
  await handler(logBatch(...batch));
  return { published, lost, calls };
}

describe("the events function", () => {
  it("publishes what the audit log says, when it happened, under an id that stays", async () => {
    const { published } = await handled([[released("n1"), released("n2")]]);
    assert.deepEqual(
      published.map(({ type, at, detail }) => [type, at.toISOString(), detail["nodeName"], detail["cluster"]]),
      [
        ["Node Released", "2026-11-24T12:00:00.000Z", "n1", "blue"],
        ["Node Released", "2026-11-24T12:00:00.001Z", "n2", "blue"],
      ],
    );
    const again = await handled([[released("n1"), released("n2")]]);
    assert.deepEqual(
      again.published.map(({ detail }) => detail.id),
      published.map(({ detail }) => detail.id),
    );
  });

  it("reads lines as our own observer writes them", async () => {
    const lines = loggedLines((observer) => {
      observer.audit({ event: "token_created", tokenId: "abcdef", groups: ["g"], username: "u" });
      observer.audit({ event: "certificate_reserved", serialNumber: "1" });
    });
    const { published } = await handled([lines.map((line) => JSON.stringify(line))]);
    assert.deepEqual(
      published.map(({ type, detail }) => [type, detail["tokenId"]]),
      [["Token Created", "abcdef"]],
    );
  });

  it("does nothing for a control message, nor for lines that are not ours", async () => {
    const control = ["CWL CONTROL MESSAGE: Checking health of destination Lambda function."];
    assert.equal((await handled([control, { messageType: "CONTROL_MESSAGE" }])).calls, 0);
    assert.equal((await handled([[released("n1")], { messageType: "CONTROL_MESSAGE" }])).calls, 0);
    const foreign = ["REPORT RequestId: 6234bffe", "[]", "null", '"text"', '{"message":"request"}', "{", ""];
    assert.deepEqual(await handled([foreign]), { published: [], lost: [], calls: 0 });
  });

  it("tells of a line it cannot read, and publishes the others", async () => {
    const { published, lost } = await handled([['{"message":"node_released"}', released("n2")]]);
    assert.deepEqual(lost, [{ id: "1".padStart(56, "3"), reason: "Unreadable" }]);
    assert.equal(published.length, 1);
  });

  it("tells of an event that is never accepted", async () => {
    const rejected = { id: "1", reason: "MalformedDetail" };
    assert.deepEqual((await handled([[released("n1")]], () => Promise.resolve([rejected]))).lost, [rejected]);
  });

  it("fails as a whole when EventBridge is not to be had, so that Lambda brings the batch back", async () => {
    await assert.rejects(
      handled([[released("n1")]], () => Promise.reject(new Error("not now"))),
      /not now/,
    );
  });

  it("fails at what cannot be unpacked", async () => {
    const handler = eventsHandler({
      clusterName: "blue",
      publisher: { publish: () => Promise.resolve([]) },
      lost: () => undefined,
    });
    await assert.rejects(handler({ awslogs: { data: "bm90IGd6aXA=" } }), /header/);
  });
});
