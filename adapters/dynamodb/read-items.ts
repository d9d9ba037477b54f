import { BatchGetItemCommand, type DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { Item } from "./attribute.ts";
import { busy, refuseThrottled } from "./refuse-throttled.ts";

/** BatchGetItem takes no more. */
const MOST_KEYS = 100;
/** DynamoDB gives back what did not fit into 16 MB or was throttled. */
const MOST_ROUNDS = 6;
const FIRST_PAUSE_MILLISECONDS = 25;

/** Consistent reads of many items by their keys, in no order; those that are not there are left out. */
export async function readItems(client: DynamoDBClient, tableName: string, keys: readonly Item[]): Promise<Item[]> {
  const chunks: Promise<Item[]>[] = [];
  for (let start = 0; start < keys.length; start += MOST_KEYS) {
    chunks.push(readChunk(client, tableName, keys.slice(start, start + MOST_KEYS)));
  }
  return (await Promise.all(chunks)).flat();
}

async function readChunk(client: DynamoDBClient, tableName: string, keys: Item[]): Promise<Item[]> {
  const items: Item[] = [];
  let open = keys;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    if (round > 0) await pause(round);
    const command = new BatchGetItemCommand({ RequestItems: { [tableName]: { Keys: open, ConsistentRead: true } } });
    const { Responses, UnprocessedKeys } = await refuseThrottled(client.send(command));
    items.push(...(Responses?.[tableName] ?? []));
    open = UnprocessedKeys?.[tableName]?.Keys ?? [];
    if (open.length === 0) return items;
  }
  throw busy();
}

/** Doubling, with full jitter, as AWS asks of whoever retries unprocessed keys. */
function pause(round: number): Promise<void> {
  const most = FIRST_PAUSE_MILLISECONDS * 2 ** round;
  return new Promise((resolve) => setTimeout(resolve, Math.random() * most));
}
