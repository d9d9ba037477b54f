import assert from "node:assert/strict";
import type { Page, PageRequest } from "../../core/ledger/page.ts";

/** No list here is longer; a store that never ends one would otherwise never end the test. */
const MOST_PAGES = 200;

/** Every item of a list, page by page until there is no cursor, with the pages' sizes. */
export async function allPages<T>(
  list: (page: PageRequest) => Promise<Page<T>>,
  limit: number,
): Promise<{ readonly items: T[]; readonly sizes: number[] }> {
  const items: T[] = [];
  const sizes: number[] = [];
  let cursor: string | undefined;
  do {
    const page = await list({ limit, cursor });
    items.push(...page.items);
    sizes.push(page.items.length);
    cursor = page.cursor;
    assert.ok(sizes.length < MOST_PAGES, "the list does not end");
  } while (cursor !== undefined);
  return { items, sizes };
}

/** Asserts that the list takes none of these cursors, nor any of the foreign ones, and says which member is wrong. */
export async function assertRefusesCursors(
  list: (page: PageRequest) => Promise<Page<unknown>>,
  foreign: readonly string[],
): Promise<void> {
  const garbage = ["", "x", "!", "e30", "bnVsbA", "W10", Buffer.from('["byName",["a","b","c"]]').toString("base64url")];
  const padded = foreign.flatMap((cursor) => [`${cursor}=`, `${cursor}\n`, cursor.slice(0, -2), `${cursor}A`]);
  for (const cursor of [...garbage, ...foreign, ...padded, "A".repeat(20_000)]) {
    await assert.rejects(
      list({ limit: 10, cursor }),
      { name: "RefusalError", code: "malformed_request", field: "cursor" },
      `took the cursor ${cursor.slice(0, 80)}`,
    );
  }
}

/** A cursor of ours, but for the id it holds: of no list, and longer than a key of DynamoDB may be. */
export function withLongId(cursor: string | undefined): string {
  const [list, position] = JSON.parse(Buffer.from(cursor ?? "", "base64url").toString()) as [string[], string[]];
  const parts = [list, [...position.slice(0, -1), "x".repeat(2100)]];
  return Buffer.from(JSON.stringify(parts)).toString("base64url");
}

/** The same items in any order. */
export function assertSameItems<T>(got: readonly T[], expected: readonly T[], key: (item: T) => string): void {
  const sorted = (items: readonly T[]) => items.toSorted((one, other) => (key(one) < key(other) ? -1 : 1));
  assert.deepEqual(sorted(got), sorted(expected));
}
