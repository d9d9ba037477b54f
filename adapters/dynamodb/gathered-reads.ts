import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { textOf, type Item } from "./attribute.ts";
import { readItems } from "./read-items.ts";

/** Reads one item of a table whose partition key has this name. */
export type ItemReader = (tableName: string, keyName: string, id: string) => Promise<Item | undefined>;

interface WaitingRead {
  readonly tableName: string;
  readonly keyName: string;
  readonly id: string;
  readonly resolve: (item: Item | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Reads that are asked for in the same moment go out as one BatchGetItem, whatever their tables: one exchange in place of
 * three for a first certificate. Each item is read consistently, as GetItem reads it, and costs the same. A read that is
 * alone stays a GetItem. What fails fails for all of that moment: the request needs each of them.
 *
 * @param readAlone how one item is read
 */
export function gatheredReads(client: DynamoDBClient, readAlone: ItemReader): ItemReader {
  let waiting: WaitingRead[] = [];
  const send = (): void => {
    const reads = waiting;
    waiting = [];
    const settled = reads.length === 1 ? alone(reads, readAlone) : together(client, reads);
    settled.catch((error: unknown) => {
      for (const { reject } of reads) reject(error);
    });
  };
  return (tableName, keyName, id) =>
    new Promise((resolve, reject) => {
      // Before any input or output: whoever reads in parallel has asked for all of it by then.
      if (waiting.length === 0) queueMicrotask(send);
      waiting.push({ tableName, keyName, id, resolve, reject });
    });
}

async function alone(reads: readonly WaitingRead[], readAlone: ItemReader): Promise<void> {
  for (const { tableName, keyName, id, resolve } of reads) resolve(await readAlone(tableName, keyName, id));
}

async function together(client: DynamoDBClient, reads: readonly WaitingRead[]): Promise<void> {
  // DynamoDB refuses a key that is given twice.
  const unique = new Map(reads.map((read) => [placeOf(read.tableName, read.id), read]));
  const keys = [...unique.values()].map(({ tableName, keyName, id }) => ({ tableName, key: { [keyName]: { S: id } } }));
  const found = await readItems(client, keys);
  for (const { tableName, keyName, id, resolve } of reads)
    resolve(found.get(tableName)?.find((item) => textOf(item, keyName) === id));
}

/** No table's name has a slash. */
function placeOf(tableName: string, id: string): string {
  return `${tableName}/${id}`;
}
