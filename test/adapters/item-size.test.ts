import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import { dynamoDbIssuanceLedger } from "../../adapters/dynamodb/issuance-ledger.ts";
import { dynamoDbNodeStore } from "../../adapters/dynamodb/node-store.ts";
import { nodeItem } from "../../adapters/dynamodb/node-item.ts";
import type { TableOptions } from "../../adapters/dynamodb/table.ts";
import { startDynalite, type DynamoDbServer } from "../support/dynamodb-servers.ts";
import { freshTable } from "../support/dynamodb-tables.ts";
import { issuanceHarness } from "../support/issuance-harness.ts";
import { itemSize } from "../support/item-size.ts";
import { certificateIn } from "../support/node-requests.ts";
import { nodeRecord, nodeSlot, NOW } from "../support/stored-records.ts";

/** Up to here a write costs one unit. */
const ONE_UNIT_BYTES = 1024;

const NODES = [
  { why: "a short name", nodeName: "node-1" },
  { why: "an EC2 machine's name", nodeName: "ip-10-20-30-40.eu-central-1.compute.internal" },
  { why: "the longest name", nodeName: "n".repeat(52) },
] as const;

describe("the size of what is written for each certificate", () => {
  let server: DynamoDbServer | undefined;
  before(async () => {
    server = await startDynalite();
  });
  after(() => server?.close());

  for (const { why, nodeName } of NODES) {
    it(`is one write unit for a P-256 node with ${why}, enrolled and renewed`, async (t) => {
      assert.ok(server);
      const issuances = await freshTable(server.client, "issuances");
      const nodes = await freshTable(server.client, "nodes");
      const ledger = dynamoDbIssuanceLedger(issuances);
      const harness = await issuanceHarness({
        alter: (outside) => ({ ...outside, ledger, nodes: dynamoDbNodeStore(nodes) }),
      });
      const enrolled = await harness.enrol({ token: await harness.newToken(), key: "first", nodeName });
      harness.clock.advance(700);
      const renewed = await harness.renew({ certificate: certificateIn(enrolled), key: "second", nodeName });

      const sizes = {
        enrolment: await sizeOf(issuances, "name", enrolled.record.name),
        renewal: await sizeOf(issuances, "name", renewed.record.name),
        node: await sizeOf(nodes, "key", nodeName),
      };
      t.diagnostic(`${nodeName}: ${JSON.stringify(sizes)}`);
      for (const [item, size] of Object.entries(sizes)) assert.ok(size <= ONE_UNIT_BYTES, `${item}: ${size} bytes`);
    });
  }

  it("is one write unit for a node with both slots full, a revocation and intents to void", () => {
    const item = nodeItem(
      nodeRecord("n".repeat(52), {
        version: 1000,
        anchor: nodeSlot(),
        candidate: nodeSlot(),
        toVoid: ["csr-", "csr-"].map((name) => name + "v".repeat(43)),
        revocation: { reason: "affiliationChanged", by: `arn:aws:iam::123456789012:user/${"u".repeat(32)}`, at: NOW },
        releasedAt: NOW,
        lastSeenAt: NOW,
      }),
    );
    assert.ok(itemSize(item) <= ONE_UNIT_BYTES, `${itemSize(item)} bytes`);
  });
});

async function sizeOf({ client, tableName }: TableOptions, keyName: string, key: string): Promise<number> {
  const { Item } = await client.send(new GetItemCommand({ TableName: tableName, Key: { [keyName]: { S: key } } }));
  assert.ok(Item, `there is no item ${key}`);
  return itemSize(Item);
}
