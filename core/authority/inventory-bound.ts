import type { Authority, TrustBundle } from "./authority.ts";
import { parseCertificate } from "../certificate/certificate.ts";

/** Up to when certificates on record expire, so that lists by day of expiry ask for no day beyond. */
export interface InventoryBound {
  /** What the policy of the last deployment allows: everything that is issued under it expires within this time. */
  readonly longestLifetimeSeconds: number;
  /** Until then certificates expire that an earlier policy allowed. */
  readonly earlierUntil: Date;
}

const DAY_MS = 24 * 3600 * 1000;
/** Functions are replaced one after the other: one of the old policy may issue for a while. */
const MARGIN_MS = DAY_MS;
/** No policy has been deployed before this one. */
const FRESH_MS = 3600 * 1000;

/** The latest day on which a certificate on record can expire. */
export function lastExpiry({ longestLifetimeSeconds, earlierUntil }: InventoryBound, now: Date): Date {
  return new Date(Math.max(now.getTime() + longestLifetimeSeconds * 1000, earlierUntil.getTime()));
}

/** The bound under a policy that may be another one than before. The same object: nothing changed. */
export function withPolicy(bound: InventoryBound, longestLifetimeSeconds: number, now: Date): InventoryBound {
  if (bound.longestLifetimeSeconds === longestLifetimeSeconds) return bound;
  const ofEarlier = new Date(lastExpiry(bound, now).getTime() + MARGIN_MS);
  return { longestLifetimeSeconds, earlierUntil: ofEarlier };
}

/** Whether nothing was issued under another policy: the first CA has only just been made. */
export function isFresh({ authorities }: Pick<TrustBundle, "authorities">, now: Date): boolean {
  const first = firstIssue({ authorities });
  return first === undefined || now.getTime() - first.getTime() < FRESH_MS;
}

/** No certificate was issued before this, and none expired before it. Undefined where there is no CA. */
export function firstIssue({ authorities }: Pick<TrustBundle, "authorities">): Date | undefined {
  const starts = authorities.filter(isIssuing).map(({ certificate }) => parseCertificate(certificate).notBefore);
  return starts.length === 0 ? undefined : new Date(Math.min(...starts.map((start) => start.getTime())));
}

function isIssuing({ role }: Authority): boolean {
  return role === "issuing";
}
