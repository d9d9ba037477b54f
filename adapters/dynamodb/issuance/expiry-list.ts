import type { Page, PageRequest } from "../../../core/ledger/page.ts";
import type { CertificateFilter } from "../../../core/ledger/issuance-ledger.ts";
import { dayOf } from "../../certificate-filter.ts";
import { decodeCursor, encodeCursor } from "../../cursor.ts";
import { bytes, text, textOf } from "../attribute.ts";
import { dayAfter, daysBetween, EXPIRY_SHARDS, partitionOf, shardOf } from "./expiry-partition.ts";
import { serialNumberOf } from "./issuance-item.ts";
import type { DynamoDbTable } from "../table.ts";

const LIST = ["byExpiry"];
/** A day, and the serial number seen last on it; empty: none yet. */
const POSITION = [/^\d{4}-(0[1-9]|1[0-2])-([0-2]\d|3[01])$/, /^([0-9a-f]{32})?$/];

/** A page looks at no more days than this, and is cut short instead. */
const MOST_DAYS = 200;
/** Where days are empty, this many are looked at together. */
const MOST_DAYS_TOGETHER = 16;

interface Entry {
  readonly name: string;
  readonly serialNumber: string;
}

/**
 * The names of certificates by day of expiry, and within a day by serial number.
 *
 * @throws RefusalError `malformed_request` when the cursor is not of this list
 */
export async function namesByExpiry(
  table: DynamoDbTable,
  { expiresFrom, expiresUntil, expiresBefore }: CertificateFilter,
  { limit, cursor }: PageRequest,
): Promise<Page<string>> {
  const [cursorDay = "", cursorSerialNumber = ""] = cursor === undefined ? [] : decodeCursor(LIST, POSITION, cursor);
  const last = [expiresUntil, ...(expiresBefore === undefined ? [] : [expiresBefore])].map(dayOf).sort()[0] ?? "";
  // A day may have gone by since the last page.
  const first = [dayOf(expiresFrom), cursorDay].sort()[1] ?? "";
  const days = daysBetween(first, last, MOST_DAYS);
  const afterOn = (day: string): string => (day === cursorDay ? cursorSerialNumber : "");
  const names: string[] = [];
  const pageUntil = (day: string, after: string): Page<string> => ({
    items: names,
    cursor: encodeCursor(LIST, [day, after]),
  });
  for (let start = 0, together = 1; start < days.length;) {
    const window = days.slice(start, start + together);
    if (names.length === limit) return pageUntil(window[0] ?? "", "");
    const limitLeft = limit - names.length;
    const answers = await Promise.all(
      window.map(async (day) => ({ day, ...(await entriesOfDay(table, day, afterOn(day), limitLeft)) })),
    );
    for (const { day, entries, hasMore } of answers) {
      if (names.length === limit) return pageUntil(day, afterOn(day));
      const taken = entries.slice(0, limit - names.length);
      names.push(...taken.map(({ name }) => name));
      if (hasMore || taken.length < entries.length) return pageUntil(day, taken.at(-1)?.serialNumber ?? afterOn(day));
    }
    start += window.length;
    together = answers.some(({ entries }) => entries.length > 0) ? 1 : Math.min(2 * together, MOST_DAYS_TOGETHER);
  }
  const end = days.at(-1);
  return end === undefined || end === last ? { items: names, cursor: undefined } : pageUntil(dayAfter(end), "");
}

/** The first entries of a day, in order; whether it has more. */
async function entriesOfDay(table: DynamoDbTable, day: string, after: string, limit: number) {
  const shards = EXPIRY_SHARDS.filter((shard) => after === "" || shard >= shardOf(after));
  const answers = await Promise.all(shards.map((shard) => entriesOfShard(table, day, shard, after, limit)));
  // Beyond a shard that was cut short the order would have a gap.
  const cut = answers.findIndex(({ hasMore }) => hasMore);
  const whole = cut === -1 ? answers : answers.slice(0, cut + 1);
  return { entries: whole.flatMap(({ entries }) => entries), hasMore: cut !== -1 };
}

async function entriesOfShard(table: DynamoDbTable, day: string, shard: string, after: string, limit: number) {
  const isAfter = after !== "" && shard === shardOf(after);
  const { items, hasMore } = await table.query({
    indexName: "byExpiry",
    keyCondition: isAfter ? "#x = :partition AND #sn > :after" : "#x = :partition",
    values: {
      ":partition": text(partitionOf(day, shard)),
      ...(isAfter ? { ":after": bytes(Buffer.from(after, "hex")) } : {}),
    },
    limit,
  });
  const entries = items.map((item): Entry => ({ name: textOf(item, "name"), serialNumber: serialNumberOf(item) }));
  return { entries, hasMore };
}
