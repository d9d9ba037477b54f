import type { Page, PageRequest } from "../../core/ledger/page.ts";
import { decodeCursor, encodeCursor, ID_SHAPE } from "../cursor.ts";
import { numberOf, text, textOf, time, type Item } from "./attribute.ts";
import type { DynamoDbTable } from "./table.ts";
import { TABLES, type IndexDefinition, type TableKind } from "./tables.ts";

const POSITION = [/^\d{1,16}$/, ID_SHAPE] as const;

/** One partition of an index that is sorted by time. */
export interface TimeList {
  readonly kind: TableKind;
  readonly indexName: string;
  readonly partition: string;
  readonly isNewestFirst: boolean;
  /** Later entries are not read. */
  readonly until?: Date | undefined;
  /** Nor are earlier ones. At most one of the two. */
  readonly since?: Date | undefined;
}

/** One page of ids. @throws RefusalError `malformed_request` when the cursor is not of this list */
export async function idsByTime(table: DynamoDbTable, list: TimeList, page: PageRequest): Promise<Page<string>> {
  const idName = TABLES[list.kind].partitionKey.name;
  const { items, cursor } = await pageByTime(table, list, page);
  return { items: items.map((item) => textOf(item, idName)), cursor };
}

/**
 * One page of entries, by time; of the same instant in any order, but each once: a cursor holds the id too.
 *
 * @throws RefusalError `malformed_request` when the cursor is not of this list
 */
export async function pageByTime(
  table: DynamoDbTable,
  { kind, indexName, partition, isNewestFirst, until, since }: TimeList,
  { limit, cursor }: PageRequest,
): Promise<Page<Item>> {
  const { partitionKey, sortKey } = indexOf(kind, indexName);
  const idName = TABLES[kind].partitionKey.name;
  const list = [indexName, partition];
  const [at = "", id = ""] = cursor === undefined ? [] : decodeCursor(list, POSITION, cursor);
  // DynamoDB fails on a place to begin at that is outside the range, and a cursor may be forged.
  if (since !== undefined && cursor !== undefined && Number(at) < since.getTime())
    return { items: [], cursor: undefined };
  const range = rangeOf(until, since);
  const { items, hasMore } = await table.query({
    indexName,
    keyCondition: `#${partitionKey.name} = :partition${range === undefined ? "" : ` AND #${sortKey.name} ${range.sign} :bound`}`,
    values: { ":partition": text(partition), ...(range === undefined ? {} : { ":bound": time(range.at) }) },
    limit,
    isDescending: isNewestFirst,
    after:
      cursor === undefined
        ? undefined
        : { [partitionKey.name]: text(partition), [sortKey.name]: { N: at }, [idName]: text(id) },
  });
  const last = items.at(-1);
  return {
    items,
    cursor:
      hasMore && last !== undefined
        ? encodeCursor(list, [String(numberOf(last, sortKey.name)), textOf(last, idName)])
        : undefined,
  };
}

function rangeOf(until: Date | undefined, since: Date | undefined) {
  if (until !== undefined) return { sign: "<=", at: until };
  return since === undefined ? undefined : { sign: ">=", at: since };
}

function indexOf(kind: TableKind, indexName: string): IndexDefinition {
  const indexes: readonly IndexDefinition[] = TABLES[kind].indexes;
  const index = indexes.find(({ name }) => name === indexName);
  if (index === undefined) throw new Error(`the table of ${kind} has no index ${indexName}`);
  return index;
}
