import { CreateTableCommand, DescribeTableCommand, type DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { TableOptions } from "../../adapters/dynamodb/table.ts";
import { createTableInput } from "../../adapters/dynamodb/create-table-input.ts";
import { TABLES, type TableKind } from "../../adapters/dynamodb/tables.ts";

let made = 0;

/** A new, empty table. */
export async function freshTable(client: DynamoDBClient, kind: TableKind): Promise<TableOptions> {
  const tableName = `test-${made++}-${kind}`;
  await client.send(new CreateTableCommand(createTableInput(tableName, TABLES[kind])));
  // Both DynamoDBs used in tests have it within a turn or two.
  while ((await client.send(new DescribeTableCommand({ TableName: tableName }))).Table?.TableStatus !== "ACTIVE");
  return { client, tableName };
}
