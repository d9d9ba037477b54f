import { WHOLE, revocationListUrl, shardOf, type ShardCount } from "./revocation-shard.ts";
import type { SerialNumber } from "../certificate/serial-number.ts";

/** What a deployment says of its revocation lists. */
export interface RevocationListPlan {
  /** Beside the whole list; 1: there is the whole one only. */
  readonly shards: ShardCount;
  /** From a list's issue to when the next is due at the latest. */
  readonly lifetimeSeconds: number;
  /** What certificates are told of; undefined: nothing. Shards need it, for a certificate must say which it belongs to. */
  readonly url: string | undefined;
  /** Where certificates say that OCSP is answered. @default - they do not say */
  readonly ocspUrl?: string | undefined;
}

/** Reconciliations come every five minutes, and a list is made anew at half of its life. Verifiers believe an old list until its end. */
export const REVOCATION_LIST_LIFETIME_SECONDS = { least: 3600, most: 30 * 24 * 3600 } as const;

export const DEFAULT_REVOCATION_LIST_PLAN: RevocationListPlan = {
  shards: 1,
  lifetimeSeconds: 24 * 3600,
  url: undefined,
};

/** Where the revocation of a certificate would be listed; undefined where certificates do not say. */
export type RevocationListUrl = (issuerId: string, serialNumber: SerialNumber) => string;

/** Under the address that a deployment gives: the route of the responder. */
export function ocspUrlOf(baseUrl: string): string {
  return `${baseUrl}/v1/ocsp`;
}

export function revocationListUrlOf({
  shards,
  url,
}: Pick<RevocationListPlan, "shards" | "url">): RevocationListUrl | undefined {
  if (url === undefined) return undefined;
  return (authorityId, serialNumber) =>
    revocationListUrl(url, { authorityId, shard: shards === 1 ? WHOLE : shardOf(serialNumber, shards) });
}
