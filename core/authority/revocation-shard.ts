import type { SerialNumber } from "../certificate/serial-number.ts";

/**
 * How a CA's revoked certificates are divided among lists: by the first digits of their serial numbers, which are random.
 * A shard's name says what is in it, whatever the configuration says: certificates name their list for life.
 */
export const SHARD_COUNTS = [1, 16, 256] as const;
export type ShardCount = (typeof SHARD_COUNTS)[number];

/** The one list that has everything. */
export const WHOLE = "";

/** One list of a CA: by its shard, or the whole. */
export interface RevocationListId {
  readonly authorityId: string;
  /** No digit, one or two. */
  readonly shard: string;
}

export function isShard(text: string): boolean {
  return /^[0-9a-f]{1,2}$/.test(text);
}

/** `["0", … "f"]` of 16. */
export function shardsOf(count: ShardCount): readonly string[] {
  const digits = digitsOf(count);
  return Array.from({ length: count }, (_, index) => (digits === 0 ? WHOLE : index.toString(16).padStart(digits, "0")));
}

export function shardOf(serialNumber: SerialNumber, count: ShardCount): string {
  return serialNumber.slice(0, digitsOf(count));
}

function digitsOf(count: ShardCount): number {
  return SHARD_COUNTS.indexOf(count);
}

/** Where a list is fetched, below the address that the deployment gives out. */
export function revocationListUrl(baseUrl: string, { authorityId, shard }: RevocationListId): string {
  return `${baseUrl}/v1/crl/${authorityId}${shard === WHOLE ? "" : `/${shard}`}`;
}
