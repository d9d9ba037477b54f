import { DeleteItemCommand, PutItemCommand, ScanCommand, type AttributeValue } from "@aws-sdk/client-dynamodb";
import type { TableOptions } from "../../adapters/dynamodb/table.ts";
import { TABLES, type TableKind } from "../../adapters/dynamodb/tables.ts";

type Item = Record<string, AttributeValue>;

/** All that is in a table now; what it returns restores the table to that, as point-in-time recovery does. */
export async function backUpTable(options: TableOptions, kind: TableKind): Promise<() => Promise<void>> {
  const backup = await itemsOf(options);
  const keyName = TABLES[kind].partitionKey.name;
  return async () => {
    const { client, tableName: TableName } = options;
    for (const item of await itemsOf(options))
      await client.send(new DeleteItemCommand({ TableName, Key: { [keyName]: item[keyName] ?? { S: "" } } }));
    for (const Item of backup) await client.send(new PutItemCommand({ TableName, Item }));
  };
}

export async function itemsOf({ client, tableName }: TableOptions): Promise<Item[]> {
  const items: Item[] = [];
  let ExclusiveStartKey: Item | undefined;
  do {
    const page = await client.send(new ScanCommand({ TableName: tableName, ExclusiveStartKey, ConsistentRead: true }));
    items.push(...(page.Items ?? []));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return items;
}
