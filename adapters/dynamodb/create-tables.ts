import {
  CreateTableCommand,
  DescribeTableCommand,
  ResourceInUseException,
  ResourceNotFoundException,
  type DynamoDBClient,
  type TableDescription,
} from "@aws-sdk/client-dynamodb";
import { createTableInput } from "./create-table-input.ts";
import { TABLES, type TableKind, type TableNames } from "./tables.ts";

const POLL_MILLISECONDS = 50;
const MOST_POLLS = 600;

/**
 * Makes the tables that are not there and waits until all can be used. For the local service and tests: in AWS the
 * stack makes them, with protection and time to live.
 *
 * @throws Error when a table exists with other indexes, from another version
 */
export async function createTables(client: DynamoDBClient, names: TableNames): Promise<void> {
  const kinds: readonly TableKind[] = ["tokens", "nodes", "issuances", "authorities"];
  await Promise.all(kinds.map((kind) => createTable(client, names[kind], kind)));
}

async function createTable(client: DynamoDBClient, tableName: string, kind: TableKind): Promise<void> {
  if ((await describe(client, tableName)) === undefined) {
    try {
      await client.send(new CreateTableCommand(createTableInput(tableName, TABLES[kind])));
    } catch (error) {
      // Somebody else was faster.
      if (!(error instanceof ResourceInUseException)) throw error;
    }
  }
  assertIndexes(await whenActive(client, tableName), tableName, kind);
}

async function describe(client: DynamoDBClient, tableName: string): Promise<TableDescription | undefined> {
  try {
    return (await client.send(new DescribeTableCommand({ TableName: tableName }))).Table;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

async function whenActive(client: DynamoDBClient, tableName: string): Promise<TableDescription> {
  for (let poll = 0; poll < MOST_POLLS; poll++) {
    const table = await describe(client, tableName);
    if (table?.TableStatus === "ACTIVE") return table;
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
  }
  throw new Error(`the table ${tableName} was not ready after ${(MOST_POLLS * POLL_MILLISECONDS) / 1000} s`);
}

function assertIndexes(table: TableDescription, tableName: string, kind: TableKind): void {
  const present = new Set(table.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName));
  const missing = TABLES[kind].indexes.map(({ name }) => name).filter((name) => !present.has(name));
  if (missing.length > 0) {
    throw new Error(
      `the table ${tableName} lacks the index ${missing.join(", ")}: it is from another version, start with an empty data directory`,
    );
  }
}
