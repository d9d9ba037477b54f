import type { KeyLocation, KeySet, KeySource } from "./key-set.ts";

const FRESH_SECONDS = 3600;
/** Between two attempts to fetch the keys of one issuer: whoever sends tokens of unknown keys costs a fetch a minute. */
const PAUSE_SECONDS = 60;
/** Anybody may have an issuer in AWS' domain: so many are remembered, and so many new ones asked in a minute. */
const MAX_ISSUERS = 200;
const MAX_NEW_ISSUERS = 20;

interface Fetched {
  readonly keys: KeySet;
  readonly at: number;
}

interface Entry {
  readonly triedAt: number;
  readonly loaded: Promise<Fetched | undefined>;
}

export interface KeySetCache {
  /** An issuer's keys, an hour old at most. Undefined when they cannot be had now. */
  readonly keysOf: (location: KeyLocation) => Promise<KeySet | undefined>;
  /** Newer ones than these. Undefined when there are none, or an attempt was made a moment ago. */
  readonly newerThan: (known: KeySet, location: KeyLocation) => Promise<KeySet | undefined>;
}

/** In the memory of one instance. Requests at once share one fetch. */
export function keySetCache(source: Pick<KeySource, "fetch">, clock: () => Date): KeySetCache {
  const entries = new Map<string, Entry>();
  let newcomers: number[] = [];
  const secondsSince = (at: number): number => (clock().getTime() - at) / 1000;

  /** @param before stays in use when nothing comes, until it is too old itself */
  const load = (location: KeyLocation, before?: Fetched): Promise<Fetched | undefined> => {
    const at = clock().getTime();
    const loaded = source.fetch(location).then((keys) => (keys === undefined ? before : { keys, at }));
    entries.delete(location.issuer);
    entries.set(location.issuer, { triedAt: at, loaded });
    loaded.catch(() => entries.delete(location.issuer));
    const [oldest] = entries.keys();
    if (entries.size > MAX_ISSUERS && oldest !== undefined) entries.delete(oldest);
    return loaded;
  };

  const fresh = (fetched: Fetched | undefined): KeySet | undefined =>
    fetched !== undefined && secondsSince(fetched.at) < FRESH_SECONDS ? fetched.keys : undefined;

  const isAnotherAllowed = (): boolean => {
    newcomers = newcomers.filter((at) => secondsSince(at) < PAUSE_SECONDS);
    return newcomers.length < MAX_NEW_ISSUERS && newcomers.push(clock().getTime()) > 0;
  };

  return {
    keysOf: async (location) => {
      const entry = entries.get(location.issuer);
      if (entry === undefined) return isAnotherAllowed() ? fresh(await load(location)) : undefined;
      const keys = fresh(await entry.loaded);
      if (keys !== undefined) return keys;
      // Somebody else may have tried again while this one waited.
      const latest = entries.get(location.issuer) ?? entry;
      const isTooSoon = secondsSince(latest.triedAt) < PAUSE_SECONDS;
      return fresh(await (isTooSoon ? latest.loaded : load(location)));
    },

    newerThan: async (known, location) => {
      const newer = async (loaded: Promise<Fetched | undefined>): Promise<KeySet | undefined> => {
        const keys = fresh(await loaded);
        return keys === known ? undefined : keys;
      };
      const entry = entries.get(location.issuer);
      const fetched = await entry?.loaded;
      const latest = entries.get(location.issuer);
      const isKnown = latest === entry && fetched?.keys === known;
      if (latest === undefined || !isKnown) return latest && newer(latest.loaded);
      return secondsSince(latest.triedAt) < PAUSE_SECONDS ? undefined : newer(load(location, fetched));
    },
  };
}
