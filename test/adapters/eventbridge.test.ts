import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import fc from "fast-check";
import { eventBridgePublisher } from "../../adapters/eventbridge/event-publisher.ts";
import { entryBytes, putEventsBatches, type PutEventsEntry } from "../../adapters/eventbridge/put-events-batches.ts";
import { signedRequest } from "../../adapters/signed-request.ts";
import type { ServiceEvent } from "../../core/audit/service-event.ts";
import { scriptedAwsService, type ScriptedAnswer } from "../support/scripted-aws-service.ts";

const closing: (() => unknown)[] = [];
after(async () => {
  for (const close of closing) await close();
});
Object.assign(process.env, { AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY: "secret" });

async function publisher(script: readonly ScriptedAnswer[]) {
  const service = await scriptedAwsService(script);
  closing.push(service.close);
  const pauses: number[] = [];
  const { publish } = eventBridgePublisher({
    request: signedRequest({ service: "events", region: "eu-central-1" }),
    endpoint: service.url,
    busName: "default",
    sleep: (milliseconds) => Promise.resolve(pauses.push(milliseconds)),
  });
  /** What each call carried, by the events' ids. */
  const calls = () =>
    (service.bodies as { Entries: PutEventsEntry[] }[]).map(({ Entries }) =>
      Entries.map(({ Detail }) => (JSON.parse(Detail) as { id: string }).id),
    );
  return { publish, service, pauses, calls };
}

const event = (id: string, more: object = {}): ServiceEvent => ({
  type: "Node Released",
  at: new Date("2026-11-24T12:00:00.900Z"),
  detail: { id, ...more },
});
const taken = (...codes: readonly (string | undefined)[]): ScriptedAnswer => ({
  output: {
    FailedEntryCount: codes.filter((code) => code !== undefined).length,
    Entries: codes.map((code) => (code === undefined ? { EventId: "e" } : { ErrorCode: code, ErrorMessage: "m" })),
  },
});

describe("eventBridgePublisher", () => {
  it("speaks PutEvents in AWS JSON 1.1", async () => {
    const { publish, service } = await publisher([taken(undefined)]);
    assert.deepEqual(await publish([event("1")]), []);
    assert.deepEqual(service.requests, ["AWSEvents.PutEvents"]);
    assert.deepEqual(service.bodies, [
      {
        Entries: [
          {
            Source: "nodeseal",
            DetailType: "Node Released",
            Detail: '{"id":"1"}',
            EventBusName: "default",
            Time: 1795521600,
          },
        ],
      },
    ]);
  });

  it("puts only those again that failed", async () => {
    const { publish, calls, pauses } = await publisher([
      taken(undefined, "ThrottlingException", "InternalFailure"),
      taken("ThrottlingException", undefined),
      taken(undefined),
    ]);
    assert.deepEqual(await publish([event("1"), event("2"), event("3")]), []);
    assert.deepEqual(calls(), [["1", "2", "3"], ["2", "3"], ["2"]]);
    assert.deepEqual(pauses, [200, 400]);
  });

  it("gives up those that will never be taken, and none else", async () => {
    const { publish, calls } = await publisher([taken("MalformedDetail", undefined)]);
    assert.deepEqual(await publish([event("1"), event("2")]), [{ id: "1", reason: "MalformedDetail" }]);
    assert.equal(calls().length, 1);
  });

  it("gives up what is larger than a call may be", async () => {
    const { publish, calls } = await publisher([taken(undefined)]);
    const large = event("1", { text: "x".repeat(256 * 1024) });
    assert.deepEqual(await publish([large, event("2")]), [{ id: "1", reason: "TooLarge" }]);
    assert.deepEqual(calls(), [["2"]]);
  });

  for (const answer of [{ error: "ThrottlingException" }, { error: "InternalException", status: 500 }] as const) {
    it(`tries a whole call again after ${answer.error}, and says so when it does not pass`, async () => {
      const { publish, pauses } = await publisher([answer, taken(undefined)]);
      await publish([event("1")]);
      assert.deepEqual(pauses, [200]);
      const hopeless = await publisher([answer]);
      await assert.rejects(hopeless.publish([event("1")]), new RegExp(`did not take 1 events: ${answer.error}`));
      assert.equal(hopeless.calls().length, 4);
    });
  }

  for (const error of ["AccessDeniedException", "com.amazonaws.events#ResourceNotFoundException"]) {
    it(`does not try ${error} again: a person must look`, async () => {
      const { publish, calls } = await publisher([{ error }]);
      await assert.rejects(publish([event("1")]), /refused PutEvents: 400 (AccessDenied|ResourceNotFound)Exception/);
      assert.equal(calls().length, 1);
    });
  }

  it("does not take an answer that speaks of fewer events than were sent", async () => {
    const { publish } = await publisher([taken(undefined)]);
    await assert.rejects(publish([event("1"), event("2")]), /answered 1 results for 2 events/);
  });
});

describe("putEventsBatches", () => {
  const entries = fc.array(
    fc.integer({ min: 0, max: 200_000 }).map((length): PutEventsEntry => ({
      Source: "nodeseal",
      DetailType: "é",
      Detail: "é".repeat(length / 2),
      EventBusName: "default",
      Time: 0,
    })),
    { maxLength: 40 },
  );

  it("keeps every entry, in order, within both quotas, and splits no sooner than it must", () => {
    fc.assert(
      fc.property(entries, (given) => {
        const batches = putEventsBatches(given);
        assert.deepEqual(batches.flat(), given);
        const bytes = (batch: readonly PutEventsEntry[]) => batch.reduce((sum, entry) => sum + entryBytes(entry), 0);
        for (const [index, batch] of batches.entries()) {
          assert.ok(batch.length <= 10 && bytes(batch) < 256 * 1024);
          const [next] = batches[index + 1] ?? [];
          if (next !== undefined) assert.ok(batch.length === 10 || bytes([...batch, next]) >= 256 * 1024);
        }
      }),
    );
  });

  it("counts octets as EventBridge does", () => {
    const entry = { Source: "ab", DetailType: "é", Detail: "{}", EventBusName: "default", Time: 0 };
    assert.equal(entryBytes(entry), 14 + 2 + 2 + 2);
  });
});
