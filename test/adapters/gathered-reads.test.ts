import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { dynamoDbIssuanceLedger } from "../../adapters/dynamodb/issuance/issuance-ledger.ts";
import { dynamoDbNodeStore } from "../../adapters/dynamodb/node/node-store.ts";
import { readsTogether } from "../../adapters/dynamodb/table.ts";
import { dynamoDbTokenStore } from "../../adapters/dynamodb/token/token-store.ts";
import { notedCalls } from "../support/dynamodb-calls.ts";
import { startDynalite, type DynamoDbServer } from "../support/dynamodb-servers.ts";
import { freshTable } from "../support/dynamodb-tables.ts";
import { scriptedAwsService, scriptedClientSettings, type ScriptedAnswer } from "../support/scripted-aws-service.ts";
import { issuanceRecord, randomIntentName, tokenRecord } from "../support/stored-records.ts";

describe("reads that are asked for in one moment", () => {
  let server: DynamoDbServer | undefined;
  before(async () => {
    server = await startDynalite();
  });
  after(() => server?.close());

  const stores = async () => {
    assert.ok(server);
    const { client } = server;
    const readItem = readsTogether(client);
    const [tokens, nodes, issuances] = await Promise.all([
      freshTable(client, "tokens"),
      freshTable(client, "nodes"),
      freshTable(client, "issuances"),
    ]);
    return {
      tokens: dynamoDbTokenStore({ ...tokens, readItem }),
      nodes: dynamoDbNodeStore({ ...nodes, readItem }),
      ledger: dynamoDbIssuanceLedger({ ...issuances, readItem }),
      calls: notedCalls(client),
    };
  };
  const operations = (calls: ReturnType<typeof notedCalls>): string[] => calls.map(({ operation }) => operation);

  it("are one call over all tables, and each gets its own item or none", async () => {
    const { tokens, nodes, ledger, calls } = await stores();
    const record = await ledger.createPending(issuanceRecord());
    await tokens.create(tokenRecord({ tokenId: "abcdef" }));
    calls.length = 0;
    const [token, node, stored, other] = await Promise.all([
      tokens.read("abcdef"),
      nodes.read("n1.example kubernetes.io/kube-apiserver-client-kubelet"),
      ledger.read(record.name),
      ledger.read(randomIntentName()),
    ]);
    assert.equal(token?.tokenId, "abcdef");
    assert.equal(node, undefined);
    assert.deepEqual(stored, record);
    assert.equal(other, undefined);
    assert.deepEqual(operations(calls), ["BatchGetItem"]);
  });

  it("may ask for one item twice, for which DynamoDB has no call", async () => {
    const { tokens, calls } = await stores();
    await tokens.create(tokenRecord({ tokenId: "abcdef" }));
    calls.length = 0;
    const both = await Promise.all([tokens.read("abcdef"), tokens.read("abcdef")]);
    assert.deepEqual(
      both.map((token) => token?.tokenId),
      ["abcdef", "abcdef"],
    );
    assert.deepEqual(operations(calls), ["BatchGetItem"]);
  });

  it("are a GetItem each where one waits for the other", async () => {
    const { tokens, nodes, calls } = await stores();
    await tokens.read("abcdef");
    await nodes.read("n1.example");
    assert.deepEqual(operations(calls), ["GetItem", "GetItem"]);
  });

  it("see what was written before they were asked for", async () => {
    const { tokens, nodes } = await stores();
    for (const tokenId of ["abcde1", "abcde2", "abcde3"]) {
      await tokens.create(tokenRecord({ tokenId }));
      const [token] = await Promise.all([tokens.read(tokenId), nodes.read("n1.example")]);
      assert.equal(token?.tokenId, tokenId);
    }
  });

  it("are more than a hundred in calls of a hundred", async () => {
    const { ledger, calls } = await stores();
    await Promise.all(Array.from({ length: 250 }, () => ledger.read(randomIntentName())));
    assert.deepEqual(operations(calls), ["BatchGetItem", "BatchGetItem", "BatchGetItem"]);
  });
});

describe("reads that are asked for in one moment, when DynamoDB fails", () => {
  const readBoth = async (...script: ScriptedAnswer[]) => {
    const service = await scriptedAwsService(script);
    const client = new DynamoDBClient({ ...scriptedClientSettings(service.url), maxAttempts: 1 });
    const readItem = readsTogether(client);
    const tokens = dynamoDbTokenStore({ client, tableName: "tokens", readItem });
    const nodes = dynamoDbNodeStore({ client, tableName: "nodes", readItem });
    const settled = await Promise.allSettled([tokens.read("abcdef"), nodes.read("n1.example")]);
    client.destroy();
    await service.close();
    return { settled, ...service };
  };

  it("ask again for the tables that were throttled, and for no other", async () => {
    const open = { nodes: { Keys: [{ key: { S: "n1.example" } }], ConsistentRead: true } };
    const { settled, bodies } = await readBoth(
      { output: { Responses: { tokens: [] }, UnprocessedKeys: open } },
      { output: { Responses: { nodes: [] }, UnprocessedKeys: {} } },
    );
    assert.deepEqual(
      settled.map(({ status }) => status),
      ["fulfilled", "fulfilled"],
    );
    const [first, second] = bodies as { readonly RequestItems: Readonly<Record<string, object>> }[];
    assert.deepEqual(Object.keys(first?.RequestItems ?? {}).toSorted(), ["nodes", "tokens"]);
    assert.deepEqual(second?.RequestItems, open);
  });

  it("fail all, each with the reason, and nothing is left waiting", async () => {
    const { settled } = await readBoth({ error: "ThrottlingException" });
    for (const one of settled) {
      assert.equal(one.status, "rejected");
      assert.equal((one.reason as { code?: unknown }).code, "rate_limited");
    }
  });
});
