import type { Page, PageRequest } from "../../core/ports.ts";
import { dayOf } from "../certificate-filter.ts";
import { decodeCursor, encodeCursor } from "../cursor.ts";
import { dayAfter, partitionOf } from "./expiry-partition.ts";
import { idsByTime } from "./index-list.ts";
import type { DynamoDbTable } from "./table.ts";

const LIST = ["created"];
/** A partition, and where its own list was left; empty: at its beginning. */
const POSITION = [/^\d{4}-(0[1-9]|1[0-2])-([0-2]\d|3[01])#[0-3]$/, /^[A-Za-z0-9_-]*$/];

/** As many as a fleet's requests of one day need: four take 4,000 a second. */
const SHARDS = ["0", "1", "2", "3"] as const;

/** Names are random or hold a digest: the sum of their characters is as even as they are. */
export function creationPartition(createdAt: Date, name: string): string {
  const sum = Array.from(name).reduce((total, character) => total + (character.codePointAt(0) ?? 0), 0);
  return partitionOf(dayOf(createdAt), SHARDS[sum % SHARDS.length] ?? SHARDS[0]);
}

/**
 * The names of what was made since a time, newest day first, and within a day and a shard newest first.
 *
 * @throws RefusalError `malformed_request` when the cursor is not of this list
 */
export async function namesByCreation(
  table: DynamoDbTable,
  since: Date,
  until: Date,
  { limit, cursor }: PageRequest,
): Promise<Page<string>> {
  const [from = "", within = ""] = cursor === undefined ? [] : decodeCursor(LIST, POSITION, cursor);
  const partitions = partitionsBetween(since, until);
  // A day may have begun since the last page: what is newer than the cursor's partition was not there then.
  const first = from === "" ? 0 : partitions.indexOf(from);
  const names: string[] = [];
  if (first < 0) return { items: names, cursor: undefined };
  for (const [offset, partition] of partitions.slice(first).entries()) {
    const left = limit - names.length;
    const inner = offset === 0 && within !== "" ? within : undefined;
    if (left === 0) return { items: names, cursor: encodeCursor(LIST, [partition, ""]) };
    const list = { kind: "issuances", indexName: "byCreation", partition, isNewestFirst: true } as const;
    const page = await idsByTime(table, list, { limit: left, cursor: inner });
    names.push(...page.items);
    if (page.cursor !== undefined) return { items: names, cursor: encodeCursor(LIST, [partition, page.cursor]) };
  }
  return { items: names, cursor: undefined };
}

function partitionsBetween(since: Date, until: Date): readonly string[] {
  const days: string[] = [];
  for (let day = dayOf(since); day <= dayOf(until); day = dayAfter(day)) days.unshift(day);
  return days.flatMap((day) => SHARDS.map((shard) => partitionOf(day, shard)));
}
