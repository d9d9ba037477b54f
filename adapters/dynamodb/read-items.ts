import { BatchGetItemCommand, type DynamoDBClient, type KeysAndAttributes } from "@aws-sdk/client-dynamodb";
import type { Item } from "./attribute.ts";
import { busy, refuseThrottled } from "./refuse-throttled.ts";

/** BatchGetItem takes no more, of all tables together. */
const MOST_KEYS = 100;
/** DynamoDB gives back what did not fit into 16 MB or was throttled. */
const MOST_ROUNDS = 6;
const FIRST_PAUSE_MILLISECONDS = 25;

export interface ItemKey {
  readonly tableName: string;
  readonly key: Item;
}

/**
 * Consistent reads of many items by their keys, in no order; those that are not there are left out. A key given twice is
 * refused by DynamoDB.
 *
 * @returns by table; a table without items may be missing
 */
export async function readItems(client: DynamoDBClient, keys: readonly ItemKey[]): Promise<Map<string, Item[]>> {
  const chunks: Promise<void>[] = [];
  const found = new Map<string, Item[]>();
  for (let start = 0; start < keys.length; start += MOST_KEYS) {
    chunks.push(readChunk(client, keys.slice(start, start + MOST_KEYS), found));
  }
  await Promise.all(chunks);
  return found;
}

async function readChunk(client: DynamoDBClient, keys: readonly ItemKey[], found: Map<string, Item[]>): Promise<void> {
  let open: Record<string, KeysAndAttributes> = {};
  for (const { tableName, key } of keys) (open[tableName] ??= { Keys: [], ConsistentRead: true }).Keys?.push(key);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    if (round > 0) await pause(round);
    const command = new BatchGetItemCommand({ RequestItems: open });
    const { Responses = {}, UnprocessedKeys = {} } = await refuseThrottled(client.send(command));
    for (const [tableName, items] of Object.entries(Responses))
      found.set(tableName, [...(found.get(tableName) ?? []), ...items]);
    open = UnprocessedKeys;
    if (Object.keys(open).length === 0) return;
  }
  throw busy();
}

/** Doubling, with full jitter, as AWS asks of whoever retries unprocessed keys. */
function pause(round: number): Promise<void> {
  const most = FIRST_PAUSE_MILLISECONDS * 2 ** round;
  return new Promise((resolve) => setTimeout(resolve, Math.random() * most));
}
