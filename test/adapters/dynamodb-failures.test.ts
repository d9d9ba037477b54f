import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { dynamoDbAuthorityStore } from "../../adapters/dynamodb/authority/authority-store.ts";
import { dynamoDbClient } from "../../adapters/dynamodb/client.ts";
import { dynamoDbIssuanceLedger } from "../../adapters/dynamodb/issuance/issuance-ledger.ts";
import { dynamoDbNodeStore } from "../../adapters/dynamodb/node/node-store.ts";
import { dynamoDbTokenStore } from "../../adapters/dynamodb/token/token-store.ts";
import { pendingItem } from "../../adapters/dynamodb/issuance/issuance-item.ts";
import { tokenItem } from "../../adapters/dynamodb/token/token-item.ts";
import { RefusalError } from "../../core/refusal.ts";
import { scriptedAwsService, scriptedClientSettings, type ScriptedAnswer } from "../support/scripted-aws-service.ts";
import { issuanceRecord, NOW, tokenRecord } from "../support/stored-records.ts";

const closing: (() => unknown)[] = [];
after(async () => {
  for (const close of closing) await close();
});

async function scripted(script: readonly ScriptedAnswer[], maxAttempts = 1) {
  const service = await scriptedAwsService(script);
  const client = new DynamoDBClient({
    ...scriptedClientSettings(service.url),
    maxAttempts,
    requestHandler: { requestTimeout: 200, throwOnRequestTimeout: true },
  });
  closing.push(() => client.destroy(), service.close);
  return { ...service, options: { client, tableName: "t" } };
}

const isBusy = (error: unknown): boolean => {
  assert.ok(error instanceof RefusalError);
  assert.equal(error.code, "rate_limited");
  assert.ok((error.retryAfterSeconds ?? 0) >= 1);
  return true;
};

/** Attribute values as they go over the wire: octets in base64. */
function onTheWire(item: object): unknown {
  return JSON.parse(
    // Cloned, because a Buffer would turn itself into something else before it is asked.
    JSON.stringify(structuredClone(item), (_member, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value,
    ),
  );
}

describe("the DynamoDB adapters, when DynamoDB fails", () => {
  const busy: readonly { why: string; answer: ScriptedAnswer }[] = [
    { why: "a partition is too hot", answer: { error: "ProvisionedThroughputExceededException" } },
    { why: "it throttles", answer: { error: "ThrottlingException" } },
    { why: "the account's limit is reached", answer: { error: "RequestLimitExceeded" } },
    { why: "it fails inside", answer: { error: "InternalServerError", status: 500 } },
    { why: "it is down in a way it has no name for", answer: { error: "Unknown", status: 503 } },
    { why: "no answer comes", answer: "silence" },
    { why: "the connection tears", answer: "reset" },
  ];
  for (const { why, answer } of busy) {
    it(`ask callers to come back when ${why}`, async () => {
      const { options } = await scripted([answer]);
      const tokens = dynamoDbTokenStore(options);
      const nodes = dynamoDbNodeStore(options);
      const attempts = [
        () => tokens.read("abcdef"),
        () => tokens.create(tokenRecord()),
        () => tokens.consume("abcdef", "csr-1", NOW),
        () => nodes.list({ limit: 10, cursor: undefined }),
        () => dynamoDbAuthorityStore(options).read(),
        () => dynamoDbIssuanceLedger(options).readMany(["csr-1"]),
      ];
      for (const attempt of attempts) await assert.rejects(attempt(), isBusy);
    });
  }

  it("leave other errors as they are", async () => {
    const { options } = await scripted([{ error: "ResourceNotFoundException" }]);
    await assert.rejects(dynamoDbTokenStore(options).read("abcdef"), { name: "ResourceNotFoundException" });
  });

  it("try again themselves first, four times in all", async () => {
    const { options, requests } = await scripted([{ error: "InternalServerError", status: 500 }], 4);
    await assert.rejects(dynamoDbTokenStore(options).read("abcdef"), isBusy);
    assert.equal(requests.length, 4);
    const client = dynamoDbClient();
    assert.equal(await client.config.maxAttempts(), 4);
    client.destroy();
  });

  it("read again what a batch left unread, in its order", async () => {
    const records = [issuanceRecord({ name: "csr-1" }), issuanceRecord({ name: "csr-2" })];
    const [first, second] = records.map((record) => onTheWire(pendingItem(record)));
    const { options, bodies } = await scripted([
      {
        output: {
          Responses: { t: [second] },
          UnprocessedKeys: { t: { Keys: [{ name: { S: "csr-1" } }], ConsistentRead: true } },
        },
      },
      { output: { Responses: { t: [first] }, UnprocessedKeys: {} } },
    ]);
    const found = await dynamoDbIssuanceLedger(options).readMany(["csr-1", "csr-2"]);
    assert.deepEqual([...found.values()], records);
    assert.deepEqual(bodies[1], { RequestItems: { t: { Keys: [{ name: { S: "csr-1" } }], ConsistentRead: true } } });
  });

  it("give up on a batch that is never read", async () => {
    const { options, requests } = await scripted([
      { output: { Responses: { t: [] }, UnprocessedKeys: { t: { Keys: [{ name: { S: "csr-1" } }] } } } },
    ]);
    await assert.rejects(dynamoDbIssuanceLedger(options).readMany(["csr-1"]), isBusy);
    assert.ok(requests.length < 10);
  });

  it("look for themselves where a refused write does not say what is stored", async () => {
    const token = tokenRecord({ maxUses: 1, usedBy: new Set(["csr-other"]) });
    const { options, requests } = await scripted([
      { error: "ConditionalCheckFailedException" },
      { output: { Item: onTheWire(tokenItem(token)) } },
    ]);
    assert.equal(await dynamoDbTokenStore(options).consume(token.tokenId, "csr-1", NOW), "spent");
    assert.deepEqual(requests, ["DynamoDB_20120810.UpdateItem", "DynamoDB_20120810.GetItem"]);
  });

  const damaged: readonly { why: string; item: object }[] = [
    { why: "a member is missing", item: { secretHash: undefined } },
    { why: "a member is of another type", item: { createdAt: { S: "today" } } },
    { why: "a usage is none of ours", item: { usages: { L: [{ S: "anything" }] } } },
    { why: "a flag is missing", item: { allowReplace: undefined } },
  ];
  for (const { why, item } of damaged) {
    it(`guess nothing when ${why}`, async () => {
      const stored = { ...(onTheWire(tokenItem(tokenRecord())) as object), ...item };
      const { options } = await scripted([{ output: { Item: stored } }]);
      await assert.rejects(dynamoDbTokenStore(options).read("abcdef"), /cannot be read/);
    });
  }
});
