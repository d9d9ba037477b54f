import type { TrustBundle } from "../authority/authority.ts";
import type { Der } from "../asn1/der.ts";
import type { PublishedList, RevocationListStore } from "./list-store.ts";
import { isShard, WHOLE, type RevocationListId } from "../authority/revocation-shard.ts";

export interface RevocationList {
  readonly published: PublishedList;
  readonly der: Der;
}

/** Undefined when there is no such list. */
export type RevocationLists = (bundle: TrustBundle, list: RevocationListId) => Promise<RevocationList | undefined>;

/** A new list is handed out within this time. */
const MAX_AGE_SECONDS = 60;

interface Cached {
  readonly list: RevocationList | undefined;
  readonly readAt: number;
}

/**
 * The published lists, looked for once a minute and fetched when there is another. Only names that can exist are looked
 * for: what anybody may ask costs no more than there are CAs and shards.
 */
export function cachedRevocationLists(
  store: Pick<RevocationListStore, "read" | "fetch">,
  clock: () => Date,
): RevocationLists {
  const cache = new Map<string, Cached>();
  return async ({ authorities }, list) => {
    const { authorityId, shard } = list;
    if (!authorities.some(({ id }) => id === authorityId) || (shard !== WHOLE && !isShard(shard))) return undefined;
    const key = `${authorityId}/${shard}`;
    const now = clock().getTime();
    const cached = cache.get(key);
    if (cached !== undefined && now - cached.readAt < MAX_AGE_SECONDS * 1000 && now >= cached.readAt)
      return cached.list;
    const found = await current(store, list, cached?.list);
    cache.set(key, { list: found, readAt: now });
    return found;
  };
}

async function current(
  store: Pick<RevocationListStore, "read" | "fetch">,
  list: RevocationListId,
  known: RevocationList | undefined,
): Promise<RevocationList | undefined> {
  const { published } = await store.read(list);
  if (published === undefined) return undefined;
  // The same number is the same list, octet for octet.
  if (known?.published.number === published.number) return known;
  const der = await store.fetch(list, published);
  return der === undefined ? undefined : { published, der };
}
