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
  { kind, indexName, partition, isNewestFirst, until }: TimeList,
  { limit, cursor }: PageRequest,
): Promise<Page<Item>> {
  const { partitionKey, sortKey } = indexOf(kind, indexName);
  const idName = TABLES[kind].partitionKey.name;
  const list = [indexName, partition];
  const [at = "", id = ""] = cursor === undefined ? [] : decodeCursor(list, POSITION, cursor);
  const { items, hasMore } = await table.query({
    indexName,
    keyCondition: `#${partitionKey.name} = :partition${until === undefined ? "" : ` AND #${sortKey.name} <= :until`}`,
    values: { ":partition": text(partition), ...(until === undefined ? {} : { ":until": time(until) }) },
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

function indexOf(kind: TableKind, indexName: string): IndexDefinition {
  const indexes: readonly IndexDefinition[] = TABLES[kind].indexes;
  const index = indexes.find(({ name }) => name === indexName);
  if (index === undefined) throw new Error(`the table of ${kind} has no index ${indexName}`);
  return index;
}
