import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import { dynamoDbIssuanceLedger } from "../../adapters/dynamodb/issuance/issuance-ledger.ts";
import { dynamoDbNodeStore } from "../../adapters/dynamodb/node/node-store.ts";
import { nodeItem } from "../../adapters/dynamodb/node/node-item.ts";
import type { TableOptions } from "../../adapters/dynamodb/table.ts";
import { revocationListUrlOf, type RevocationListUrl } from "../../core/authority/revocation-list-plan.ts";
import { MOST_URL_CHARACTERS } from "../../infra/configuration/revocation-lists.ts";
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
      const sizes = await sizesFor(server, nodeName);
      t.diagnostic(`${nodeName}: ${JSON.stringify(sizes)}`);
      for (const [item, size] of Object.entries(sizes)) assert.ok(size <= ONE_UNIT_BYTES, `${item}: ${size} bytes`);
    });
  }

  /** What docs/deploying.md promises: an address and twice a node's name of so many characters fit together. */
  const FITTING_CHARACTERS = 100;
  for (const { why, nodeName } of [
    { why: "a short name", nodeName: "node-1" },
    { why: "an EC2 machine's name in us-east-1", nodeName: "ip-10-120-130-140.ec2.internal" },
    { why: "the longest name that leaves room for an address", nodeName: "n".repeat(43) },
  ]) {
    it(`is one write unit with the address of a list, for ${why}`, async (t) => {
      const characters = Math.min(MOST_URL_CHARACTERS, FITTING_CHARACTERS - 2 * nodeName.length);
      const sizes = await sizesFor(server, nodeName, listsAt(characters));
      t.diagnostic(`${nodeName}, an address of ${characters}: ${JSON.stringify(sizes)}`);
      for (const [item, size] of Object.entries(sizes)) assert.ok(size <= ONE_UNIT_BYTES, `${item}: ${size} bytes`);
    });
  }

  it("is two write units at most with the longest name and the longest address of a list", async () => {
    const sizes = await sizesFor(server, "n".repeat(52), listsAt(MOST_URL_CHARACTERS));
    for (const [item, size] of Object.entries(sizes)) assert.ok(size <= 2 * ONE_UNIT_BYTES, `${item}: ${size} bytes`);
    assert.ok(sizes.enrolment > ONE_UNIT_BYTES, "then docs/deploying.md can promise more");
  });

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

/** Of what is written for a node that enrols and renews. */
async function sizesFor(
  server: DynamoDbServer | undefined,
  nodeName: string,
  revocationListUrl?: RevocationListUrl,
): Promise<Readonly<Record<"enrolment" | "renewal" | "node", number>>> {
  assert.ok(server);
  const issuances = await freshTable(server.client, "issuances");
  const nodes = await freshTable(server.client, "nodes");
  const ledger = dynamoDbIssuanceLedger(issuances);
  const harness = await issuanceHarness({
    alter: (outside) => ({ ...outside, ledger, nodes: dynamoDbNodeStore(nodes) }),
    ...(revocationListUrl === undefined ? {} : { revocationListUrl }),
  });
  const enrolled = await harness.enrol({ token: await harness.newToken(), key: "first", nodeName });
  harness.clock.advance(700);
  const renewed = await harness.renew({ certificate: certificateIn(enrolled), key: "second", nodeName });
  return {
    enrolment: await sizeOf(issuances, "name", enrolled.record.name),
    renewal: await sizeOf(issuances, "name", renewed.record.name),
    node: await sizeOf(nodes, "key", nodeName),
  };
}

/** An address of so many characters, with the longest names of shards. */
function listsAt(characters: number): RevocationListUrl | undefined {
  return revocationListUrlOf({ url: "http://".padEnd(characters, "a"), shards: 256 });
}

async function sizeOf({ client, tableName }: TableOptions, keyName: string, key: string): Promise<number> {
  const { Item } = await client.send(new GetItemCommand({ TableName: tableName, Key: { [keyName]: { S: key } } }));
  assert.ok(Item, `there is no item ${key}`);
  return itemSize(Item);
}
