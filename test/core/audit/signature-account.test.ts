import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { accountForSignatures, type RecordedSignature } from "../../../core/audit/signature-account.ts";
import { parseSigningLog, type SigningEvent } from "../../../core/audit/signing-event.ts";

const KEY = "arn:aws:kms:eu-central-1:111122223333:key/one";
const START = Date.parse("2026-12-01T12:00:00Z");
const at = (seconds: number): Date => new Date(START + seconds * 1000);
const PERIOD = { from: at(-3600), until: at(3600) };

let count = 0;
function event(seconds: number, change: Partial<SigningEvent> = {}): SigningEvent {
  const id = String(++count);
  const who = { principal: "arn:aws:sts::111122223333:assumed-role/node-api", sourceAddress: "192.0.2.1" };
  const call = { eventName: "Sign", keyArn: KEY, errorCode: undefined };
  return { eventId: `event-${id}`, requestId: `request-${id}`, at: at(seconds), ...call, ...who, ...change };
}

function signature(seconds: number, change: Partial<RecordedSignature> = {}): RecordedSignature {
  const times = { beganAt: at(seconds), storedAt: at(seconds + 1) };
  return {
    name: "certificate",
    kind: "certificate",
    keyArn: KEY,
    requestId: undefined,
    attempts: 1,
    ...times,
    ...change,
  };
}

const account = (events: readonly SigningEvent[], signatures: readonly RecordedSignature[]) =>
  accountForSignatures(events, signatures, PERIOD);

describe("accounting for signatures", () => {
  it("takes each event for one signature only, by the request's id", () => {
    const one = event(0);
    const { matched, unaccounted, missing } = account(
      [one],
      [signature(0, { requestId: one.requestId }), signature(0, { requestId: one.requestId, name: "a second" })],
    );
    assert.equal(matched.get("certificate"), 1);
    assert.deepEqual(unaccounted, []);
    assert.deepEqual(
      missing.map(({ name }) => name),
      ["a second"],
    );
  });

  it("does not let a forged signature pass for one whose id it does not have", () => {
    const [true_, forged] = [event(0), event(0, { principal: "thief" })];
    const { unaccounted } = account([forged, true_], [signature(0, { requestId: true_.requestId })]);
    assert.deepEqual(unaccounted, [forged]);
  });

  it("does not let a signature of one key account for another's", () => {
    const one = event(0, { keyArn: `${KEY}-2` });
    const { unaccounted, missing } = account([one], [signature(0, { requestId: one.requestId })]);
    assert.deepEqual([unaccounted.length, missing.length], [1, 1]);
  });

  it("counts as many retries as the record has attempts, and not one more", () => {
    const events = [event(1), event(2), event(3), event(4)];
    const stored = signature(0, { attempts: 3, requestId: events[2]?.requestId, storedAt: at(5) });
    const { retries, unaccounted } = account(events, [stored]);
    assert.equal(retries, 2);
    assert.deepEqual(unaccounted, [events[3]]);
  });

  it("counts no retry long before the first attempt, or long after the signature was stored", () => {
    const events = [event(-61), event(62), event(0)];
    const stored = signature(0, { attempts: 9, requestId: events[2]?.requestId });
    assert.deepEqual(account(events, [stored]).unaccounted, events.slice(0, 2));
  });

  it("gives events that could be either's to those that leave none over", () => {
    const events = [event(10), event(20)];
    const short = signature(10, { name: "short", storedAt: at(11) });
    const long = signature(0, { name: "long", storedAt: at(300) });
    for (const signatures of [
      [short, long],
      [long, short],
    ]) {
      const { unaccounted, missing, retries } = account(events, signatures);
      assert.deepEqual([unaccounted, missing, retries], [[], [], 2]);
    }
  });

  it("misses no attempt that may never have reached the key, and nothing outside of the log's time", () => {
    const { missing } = account(
      [],
      [
        signature(0, { storedAt: undefined, attempts: 4 }),
        signature(-3601, { requestId: "early" }),
        signature(3600, { requestId: "late" }),
        signature(0, { name: "lost", requestId: "lost" }),
        signature(0, { name: "old" }),
      ],
    );
    assert.deepEqual(
      missing.map(({ name }) => name),
      ["lost", "old"],
    );
  });

  it("takes what KMS refused for no signature", () => {
    const { refused, unaccounted } = account([event(0, { errorCode: "AccessDenied" })], []);
    assert.deepEqual([refused, unaccounted.length], [1, 0]);
  });

  it("accounts for 20,000 retries among 20,000 certificates without ids", () => {
    const signatures = Array.from({ length: 20_000 }, (_, index) => signature(index % 3000, { attempts: 2 }));
    const events = signatures.flatMap((_, index) => [event(index % 3000), event((index % 3000) + 1)]);
    const { retries, unaccounted, missing } = account(events, signatures);
    assert.deepEqual([retries, unaccounted.length, missing.length], [40_000, 0, 0]);
  });
});

describe("reading a log file of CloudTrail", () => {
  const record = {
    eventVersion: "1.08",
    userIdentity: { type: "IAMUser", arn: "arn:aws:iam::111122223333:user/Alice" },
    eventTime: "2022-03-07T22:36:44Z",
    eventSource: "kms.amazonaws.com",
    eventName: "Sign",
    sourceIPAddress: "192.0.2.0",
    requestParameters: { keyId: "0987dcba-09fe-87dc-65ba-ab0987654321" },
    requestID: "8d0b35e0-46cf-48b9-be99-bf2ebc9ab9fb",
    eventID: "107b3cac-b125-4556-9702-12a2b9afcff7",
    resources: [{ accountId: "111122223333", type: "AWS::KMS::Key", ARN: KEY }],
  };
  const text = (...records: readonly unknown[]): string => JSON.stringify({ Records: records });

  it("reads the entry that KMS' documentation shows", () => {
    assert.deepEqual(parseSigningLog(text(record))?.events, [
      {
        eventId: record.eventID,
        at: new Date(record.eventTime),
        eventName: "Sign",
        keyArn: KEY,
        requestId: record.requestID,
        principal: record.userIdentity.arn,
        sourceAddress: "192.0.2.0",
        errorCode: undefined,
      },
    ]);
  });

  it("passes over what is about something else, and knows its time", () => {
    const log = parseSigningLog(
      text({ ...record, eventName: "Decrypt" }, { ...record, eventSource: "s3.amazonaws.com" }),
    );
    assert.deepEqual([log?.events.length, log?.times.length], [0, 2]);
  });

  it("takes a MAC for a signature, and a null for a member that is missing", () => {
    const log = parseSigningLog(text({ ...record, eventName: "GenerateMac", userIdentity: null, errorCode: null }));
    assert.deepEqual([log?.events[0]?.principal, log?.events[0]?.errorCode], ["unknown", undefined]);
  });

  const FOREIGN: readonly { readonly why: string; readonly file: string }[] = [
    { why: "nothing", file: "" },
    { why: "a part of a file", file: text(record).slice(0, -20) },
    { why: "no records", file: "{}" },
    { why: "a record that is none", file: text(record, 7) },
    { why: "a signature without an id", file: text({ ...record, eventID: undefined }) },
    { why: "a signature of no time", file: text({ ...record, eventTime: "yesterday" }) },
  ];
  for (const { why, file } of FOREIGN) {
    it(`refuses ${why} whole: what it may tell would be missing`, () => {
      assert.equal(parseSigningLog(file), undefined);
    });
  }
});
