import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { CreateTableCommand, DescribeTableCommand } from "@aws-sdk/client-dynamodb";
import { createTables } from "../../adapters/dynamodb/create-tables.ts";
import { createTableInput } from "../../adapters/dynamodb/create-table-input.ts";
import { TABLES, type TableNames } from "../../adapters/dynamodb/tables.ts";
import { dynamoDbTokenStore } from "../../adapters/dynamodb/token/token-store.ts";
import { startDynalite, type DynamoDbServer } from "../support/dynamodb-servers.ts";
import { tokenRecord } from "../support/stored-records.ts";

const adapters = join(import.meta.dirname, "../../adapters/dynamodb");

function names(prefix: string): TableNames {
  return {
    tokens: `${prefix}-tokens`,
    nodes: `${prefix}-nodes`,
    issuances: `${prefix}-issuances`,
    authorities: `${prefix}-authorities`,
  };
}

describe("createTables", () => {
  let server: DynamoDbServer | undefined;
  before(async () => {
    server = await startDynalite();
  });
  after(() => server?.close());

  it("makes what is not there, waits until it can be used, and leaves what is there", async () => {
    assert.ok(server);
    const { client } = server;
    const tableNames = names("again");
    await createTables(client, tableNames);
    const store = dynamoDbTokenStore({ client, tableName: tableNames.tokens });
    const token = tokenRecord();
    await store.create(token);
    await createTables(client, tableNames);
    assert.deepEqual(await store.read(token.tokenId), token);
  });

  it("can be called by several at once", async () => {
    assert.ok(server);
    const { client } = server;
    await Promise.all([1, 2, 3].map(() => createTables(client, names("together"))));
  });

  it("says so when a table is from another version", async () => {
    assert.ok(server);
    const { client } = server;
    const tableNames = names("old");
    const old = { ...TABLES.issuances, indexes: TABLES.issuances.indexes.slice(0, 2) };
    await client.send(new CreateTableCommand(createTableInput(tableNames.issuances, old)));
    await assert.rejects(createTables(client, tableNames), /old-issuances lacks the index byExpiry, byChange, waiting/);
  });

  it("makes on-demand tables whose indexes hold keys only, but for the one that is read whole", async () => {
    assert.ok(server);
    const { client } = server;
    const tableNames = names("described");
    await createTables(client, tableNames);
    for (const kind of ["tokens", "nodes", "issuances", "authorities"] as const) {
      const { Table } = await client.send(new DescribeTableCommand({ TableName: tableNames[kind] }));
      assert.equal(Table?.BillingModeSummary?.BillingMode, "PAY_PER_REQUEST");
      const projections = (Table.GlobalSecondaryIndexes ?? []).map(({ IndexName, Projection }) => [
        IndexName,
        Projection?.ProjectionType,
      ]);
      assert.deepEqual(
        Object.fromEntries(projections),
        Object.fromEntries(
          TABLES[kind].indexes.map(({ name }) => [name, name === "revoked" ? "INCLUDE" : "KEYS_ONLY"]),
        ),
      );
    }
  });
});

describe("the DynamoDB adapters' source", () => {
  /** Single items, queries of an index, batches of reads; the last two lines are for local runs and tests. */
  const ALLOWED = [
    "BatchGetItemCommand",
    "GetItemCommand",
    "PutItemCommand",
    "QueryCommand",
    "UpdateItemCommand",
    "CreateTableCommand",
    "DescribeTableCommand",
  ];

  it("scans nothing, and writes one item at a time, without transactions or deletions", () => {
    const used = new Set(
      globSync("*.ts", { cwd: adapters }).flatMap((file) =>
        [...readFileSync(join(adapters, file), "utf8").matchAll(/\b[A-Z]\w+Command\b/g)].map(([command]) => command),
      ),
    );
    assert.deepEqual([...used].toSorted(), ALLOWED.toSorted());
  });

  it("names no table, no region and no endpoint: those are the deployment's business", () => {
    for (const file of globSync("*.ts", { cwd: adapters })) {
      const source = readFileSync(join(adapters, file), "utf8");
      for (const word of ["process.env", "endpoint:", "region:"]) {
        assert.ok(!source.includes(word), `${file} holds ${word}`);
      }
    }
  });
});
