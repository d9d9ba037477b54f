import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { dynamoDbIssuanceLedger } from "../../adapters/dynamodb/issuance/issuance-ledger.ts";
import { dynamoDbNodeStore } from "../../adapters/dynamodb/node/node-store.ts";
import { readsTogether } from "../../adapters/dynamodb/table.ts";
import { dynamoDbTokenStore } from "../../adapters/dynamodb/token/token-store.ts";
import { randomBootstrapToken } from "../../core/token/bootstrap-token.ts";
import type { TokenRecord } from "../../core/token/token-record.ts";
import { revokeNode } from "../../core/revocation/revoke.ts";
import { notedCalls } from "../support/dynamodb-calls.ts";
import { startDynamoDbLocal, whyNoDynamoDbLocal, type DynamoDbServer } from "../support/dynamodb-servers.ts";
import { freshTable } from "../support/dynamodb-tables.ts";
import { issuanceHarness } from "../support/issuance-harness.ts";
import { certificateIn, tokenRecordOf } from "../support/node-requests.ts";
import {
  completion,
  daysLater,
  issuanceRecord,
  NOW,
  randomIntentName,
  randomOctets,
  reservedRecord,
  tokenRecord,
} from "../support/stored-records.ts";

const skip = whyNoDynamoDbLocal() ?? false;

// A skipped suite counts for nothing in the summary; a skipped test is named there with its reason.
it("has Amazon's DynamoDB Local to count calls on", { skip }, () => undefined);

/** The tables of a deployment on a server of their own, and what they are asked. */
async function stores(server: DynamoDbServer) {
  const readItem = readsTogether(server.client);
  const [tokens, nodes, issuances] = await Promise.all([
    freshTable(server.client, "tokens"),
    freshTable(server.client, "nodes"),
    freshTable(server.client, "issuances"),
  ]);
  return {
    tokens: dynamoDbTokenStore({ ...tokens, readItem }),
    nodes: dynamoDbNodeStore({ ...nodes, readItem }),
    ledger: dynamoDbIssuanceLedger({ ...issuances, readItem }),
  };
}

describe("what DynamoDB is asked, and bills", { skip }, () => {
  let server: DynamoDbServer | undefined;
  before(async () => {
    server = await startDynamoDbLocal();
  });
  after(() => server?.close());

  const counted = async () => {
    assert.ok(server);
    const outside = await stores(server);
    const harness = await issuanceHarness({ alter: (memory) => ({ ...memory, ...outside }) });
    const newToken = async (changes?: Partial<TokenRecord>) => {
      const token = randomBootstrapToken();
      await outside.tokens.create(tokenRecordOf(token, changes));
      return token;
    };
    return { harness, newToken, calls: notedCalls(server.client) };
  };

  it("enrols with 3 reads in one call and 4 writes of one unit, and the indexes' entries", async () => {
    const { harness, calls, newToken } = await counted();
    const token = await newToken({ maxUses: 5 });
    calls.length = 0;
    await harness.enrol({ token, key: "cost-1" });
    // DynamoDB bills a unit for each key; DynamoDB Local counts in a batch only what is there: the token.
    assert.deepEqual(tally(calls), { BatchGetItem: [1, 1], UpdateItem: [3, 6], PutItem: [1, 2] });
  });

  it("renews with 3 writes and confirms with one, and reads nothing", async () => {
    const { harness, calls, newToken } = await counted();
    const { record, ...enrolled } = await harness.enrol({ token: await newToken(), key: "cost-4" });
    const certificate = certificateIn({ record, ...enrolled });
    calls.length = 0;
    await harness.confirm(record.name, certificate);
    assert.deepEqual(tally(calls), { UpdateItem: [1, 1] });
    harness.clock.advance(3600);
    calls.length = 0;
    await harness.renew({ certificate, key: "cost-5" });
    assert.deepEqual(tally(calls), { UpdateItem: [3, 5] });
  });

  it("renews with as many writes where the last certificate was never confirmed", async () => {
    const { harness, calls, newToken } = await counted();
    const enrolled = await harness.enrol({ token: await newToken(), key: "cost-2" });
    harness.clock.advance(3600);
    calls.length = 0;
    await harness.renew({ certificate: certificateIn(enrolled), key: "cost-3" });
    // Besides what is noted: the attempt to do without a read is refused, which costs a write unit, and says what is stored.
    assert.deepEqual(tally(calls), { UpdateItem: [2, 4], GetItem: [1, 1], PutItem: [1, 1] });
  });

  it("writes the index of nodes once in a name's life, and the indexes of certificates at completion", async () => {
    assert.ok(server);
    const { ledger } = await stores(server);
    const calls = notedCalls(server.client);
    const { name } = await ledger.reserve(reservedRecord({ csr: randomOctets(100) }));
    await ledger.complete(name, completion());
    // The record alone; then the record, byNode, byToken, byExpiry.
    assert.deepEqual(
      calls.map((call) => call.units),
      [1, 4],
    );
  });

  it("writes one row that no list has, and two units, for a renewal that is refused; a note once a minute", async () => {
    const { harness, calls, newToken } = await counted();
    const { record, ...enrolled } = await harness.enrol({ token: await newToken(), key: "cost-6" });
    const certificate = certificateIn({ record, ...enrolled });
    await harness.confirm(record.name, certificate);
    const { ledger, nodes } = harness.services;
    await revokeNode({ ...harness.services, ledger, nodes }, record.nodeName, "keyCompromise", "ada");
    calls.length = 0;
    harness.calls.length = 0;
    for (let key = 0; key < 5; key++)
      await assert.rejects(harness.renew({ certificate, key: `refused-${key}` }), { code: "certificate_revoked" });
    // Besides what is noted: each time the claim is refused, which costs a write unit.
    // Whether it was told a moment ago is read from the node; the first time, it is noted there.
    assert.deepEqual(tally(calls), { UpdateItem: [5, 5], GetItem: [5, 5], PutItem: [1, 1] });
    const made = ["ledger.reserve", "nodes.succeed", "nodes.read", "nodes.write"];
    assert.deepEqual(new Set(harness.calls), new Set(made));
    const filter = {
      nodeName: record.nodeName,
      expiresFrom: harness.clock.now(),
      expiresUntil: new Date("2100-01-01"),
    };
    const { items } = await ledger.listCertificates(filter, { limit: 100, cursor: undefined });
    assert.deepEqual(
      items.map(({ name }) => name),
      [record.name],
    );
  });

  it("revokes a node beside refused requests by the same calls as without them", async () => {
    const { harness, calls, newToken } = await counted();
    const { ledger } = harness.services;
    const revocation = async (nodeName: string, junk: number) => {
      await harness.enrol({ token: await newToken(), key: nodeName, nodeName });
      for (let done = 0; done < junk; done += 50)
        await Promise.all(Array.from({ length: 50 }, () => ledger.reserve(reservedRecord({ nodeName }))));
      calls.length = 0;
      const { cursor } = await revokeNode(harness.services, nodeName, "keyCompromise", "ada");
      assert.equal(cursor, undefined, "all is done");
      return tally(calls);
    };
    assert.deepEqual(await revocation("beside.example", 500), await revocation("alone.example", 0));
  });

  it("asks once and no more for what is refused: the refusal says what is stored", async () => {
    assert.ok(server);
    const { ledger, tokens } = await stores(server);
    const reserved = await ledger.reserve(reservedRecord());
    await tokens.create(tokenRecord({ tokenId: "spent0", maxUses: 0 }));
    const calls = notedCalls(server.client);
    await ledger.reserve(reservedRecord({ name: reserved.name }));
    await tokens.consume("spent0", randomIntentName(), NOW);
    assert.equal(calls.length, 0, "only answers are noted, and nothing was read besides");
  });

  it("walks an index page by page and reads 100 items at a time", async () => {
    assert.ok(server);
    const { ledger } = await stores(server);
    await Promise.all(Array.from({ length: 150 }, () => ledger.createPending(issuanceRecord())));
    const calls = notedCalls(server.client);
    await ledger.listRequests(undefined, { limit: 1000, cursor: undefined });
    assert.deepEqual(calls.map(({ operation }) => operation).toSorted(), ["BatchGetItem", "BatchGetItem", "Query"]);
  });

  it("looks at a page's worth of empty days with 800 small queries at most", async () => {
    assert.ok(server);
    const { ledger } = await stores(server);
    const calls = notedCalls(server.client);
    const filter = { expiresFrom: NOW, expiresUntil: daysLater(3650) };
    const { cursor } = await ledger.listCertificates(filter, { limit: 100, cursor: undefined });
    assert.ok(cursor);
    assert.ok(calls.length <= 800, `${calls.length} queries`);
  });
});

/** For each operation how often, and for how many units together. */
function tally(calls: ReturnType<typeof notedCalls>): Record<string, [number, number]> {
  const operations = [...new Set(calls.map(({ operation }) => operation))];
  return Object.fromEntries(
    operations.map((one) => {
      const same = calls.filter(({ operation }) => operation === one);
      return [one, [same.length, units(same)]];
    }),
  );
}

function units(calls: ReturnType<typeof notedCalls>): number {
  return calls.reduce((sum, call) => sum + call.units, 0);
}
