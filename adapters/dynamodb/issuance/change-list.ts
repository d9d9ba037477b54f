import { isIntentName } from "../../../core/ledger/intent-name.ts";
import type { Page, PageRequest } from "../../../core/ledger/page.ts";
import { dayOf } from "../../certificate-filter.ts";
import { decodeCursor, encodeCursor } from "../../cursor.ts";
import { text, textOf, time, type Item } from "../attribute.ts";
import { daysBetween, partitionOf } from "./expiry-partition.ts";
import { idsByTime } from "../index-list.ts";
import type { DynamoDbTable } from "../table.ts";

const LIST = ["changed"];
/** A partition, and where its own list was left; empty: at its beginning. */
const POSITION = [/^\d{4}-(0[1-9]|1[0-2])-([0-2]\d|3[01])#[0-3]$/, /^[A-Za-z0-9_-]*$/];

/** As many as a fleet's requests of one day need: four take 4,000 a second. */
const SHARDS = ["0", "1", "2", "3"] as const;

/** Names are random or hold a digest: the sum of their characters is as even as they are. */
function shardOfName(name: string): string {
  const sum = Array.from(name).reduce((total, character) => total + (character.codePointAt(0) ?? 0), 0);
  return SHARDS[sum % SHARDS.length] ?? SHARDS[0];
}

/** The keys of byChange, of what Kubernetes' API made; nothing for native requests, which it would cost two writes a change. */
export function changeAttributes(name: string, at: Date): Item {
  if (isIntentName(name)) return {};
  return { o: text(partitionOf(dayOf(at), shardOfName(name))), h: time(at) };
}

/** The same as what an update sets besides. */
export function changeAssignments(name: string, at: Date) {
  const attributes = Object.entries(changeAttributes(name, at));
  return {
    assignments: attributes.map(([attribute]) => `, #${attribute} = :${attribute}`).join(""),
    values: Object.fromEntries(attributes.map(([attribute, value]) => [`:${attribute}`, value])),
  };
}

/**
 * The names of what changed since a day, oldest day first, and within a day and a shard oldest first: what changes while
 * it is listed moves to a place that is still to come.
 *
 * @throws RefusalError `malformed_request` when the cursor is not of this list
 */
export async function namesByChange(
  table: DynamoDbTable,
  since: Date,
  until: Date,
  { limit, cursor }: PageRequest,
): Promise<Page<string>> {
  const [from = "", within = ""] = cursor === undefined ? [] : decodeCursor(LIST, POSITION, cursor);
  const partitions = partitionsBetween(since, until).filter((partition) => partition >= from);
  const names: string[] = [];
  for (const partition of partitions) {
    const left = limit - names.length;
    if (left === 0) return { items: names, cursor: encodeCursor(LIST, [partition, ""]) };
    const inner = partition === from && within !== "" ? within : undefined;
    const list = { kind: "issuances", indexName: "byChange", partition, isNewestFirst: false } as const;
    const page = await idsByTime(table, list, { limit: left, cursor: inner });
    names.push(...page.items);
    if (page.cursor !== undefined) return { items: names, cursor: encodeCursor(LIST, [partition, page.cursor]) };
  }
  return { items: names, cursor: undefined };
}

/** The names of what changed after one time and not after another: of each shard as many as asked for. */
export async function namesChangedBetween(
  table: DynamoDbTable,
  after: Date,
  until: Date,
  limit: number,
): Promise<readonly string[]> {
  // DynamoDB fails on a range whose end is before its beginning; clients may name any version to begin at.
  if (after.getTime() >= until.getTime()) return [];
  const answers = await Promise.all(
    partitionsBetween(after, until).map((partition) =>
      table.query({
        indexName: "byChange",
        keyCondition: "#o = :partition AND #h BETWEEN :first AND :last",
        values: {
          ":partition": text(partition),
          ":first": time(new Date(after.getTime() + 1)),
          ":last": time(until),
        },
        limit,
      }),
    ),
  );
  return answers.flatMap(({ items }) => items.map((item) => textOf(item, "name")));
}

function partitionsBetween(since: Date, until: Date): readonly string[] {
  return daysBetween(dayOf(since), dayOf(until)).flatMap((day) => SHARDS.map((shard) => partitionOf(day, shard)));
}
