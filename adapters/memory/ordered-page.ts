import type { Page, PageRequest } from "../../core/ledger/page.ts";
import { decodeCursor, encodeCursor, ID_SHAPE } from "../cursor.ts";

const POSITION = [/^[^]*$/, ID_SHAPE];

export interface Ordering<T> {
  /** Which list, for its cursors. */
  readonly list: readonly string[];
  /** What the list is sorted by; records alike in it are sorted by id. Octets of UTF-8 decide, as in DynamoDB. */
  readonly sortKey: (item: T) => string;
  readonly id: (item: T) => string;
  readonly isDescending?: boolean;
}

/** @throws RefusalError `malformed_request` when the cursor is not of this list */
export function orderedPage<T>(
  items: readonly T[],
  { list, sortKey, id, isDescending }: Ordering<T>,
  { limit, cursor }: PageRequest,
): Page<T> {
  const direction = isDescending === true ? -1 : 1;
  const compare = (one: readonly string[], other: readonly string[]): number =>
    direction * (byOctets(one[0], other[0]) || byOctets(one[1], other[1]));
  const positionOf = (item: T): readonly string[] => [sortKey(item), id(item)];
  const after = cursor === undefined ? undefined : decodeCursor(list, POSITION, cursor);
  const sorted = items
    .filter((item) => after === undefined || compare(positionOf(item), after) > 0)
    .sort((one, other) => compare(positionOf(one), positionOf(other)));
  const page = sorted.slice(0, limit);
  const last = page.at(-1);
  return {
    items: page,
    cursor: sorted.length > limit && last !== undefined ? encodeCursor(list, positionOf(last)) : undefined,
  };
}

/** Times as texts that sort alike. */
export function sortableTime(at: Date): string {
  return String(at.getTime()).padStart(16, "0");
}

function byOctets(one = "", other = ""): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}
