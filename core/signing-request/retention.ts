import type { IssuanceRecord } from "../ledger/issuance-record.ts";
import type { RequestCondition } from "./conditions.ts";
import { hasCertificate } from "./conditions.ts";

/**
 * Kubernetes collects CertificateSigningRequests (pkg/controller/certificates/cleaner, K3.8). Here they go out of sight at
 * the same age, by the record's own clock and to the second; the record stays in the ledger.
 */
const HOUR_MS = 3600 * 1000;
const SETTLED_MS = HOUR_MS;
const WAITING_MS = 24 * HOUR_MS;

/** How long after its last change an object goes out of sight, as a rule. */
export const SIGHT_MS: readonly number[] = [SETTLED_MS, WAITING_MS];

/** The longest any object is in sight after it was made: a day until it is approved, and a day after that. */
export const LONGEST_SIGHT_MS = 2 * WAITING_MS;

/** And the longest after it was asked for: a certificate may be signed as that time ends, and is then seen for an hour. */
export const OLDEST_IN_SIGHT_MS = LONGEST_SIGHT_MS + SETTLED_MS;

/** From this instant on the object is gone. */
export function vanishesAt(record: IssuanceRecord, conditions: readonly RequestCondition[]): Date {
  const { removedAt, createdAt, completion, reservation } = record;
  const limits: number[] = [];
  if (removedAt !== undefined) limits.push(removedAt.getTime());
  for (const { type, at } of conditions) {
    if (type === "Approved") {
      // Kubernetes counts from the approval; here somebody's request may be signed a day after it, and must be seen then.
      limits.push(hasCertificate(record) ? (completion?.at ?? at).getTime() + SETTLED_MS : at.getTime() + WAITING_MS);
    } else {
      limits.push(at.getTime() + SETTLED_MS);
    }
  }
  if (conditions.length === 0) limits.push(createdAt.getTime() + WAITING_MS);
  if (hasCertificate(record) && reservation !== undefined) limits.push(reservation.notAfter.getTime());
  return new Date(Math.min(...limits));
}

/** When anything that can be seen of the record last changed: its resource version, in epoch milliseconds. */
export function lastChangeOf({
  createdAt,
  decision,
  completion,
  voidedAt,
  revocation,
  removedAt,
  metadata,
  obstacle,
}: IssuanceRecord): Date {
  const settled = [completion?.at, voidedAt, revocation?.at, removedAt];
  const changes = [createdAt, decision?.at, obstacle?.at, ...settled, metadata?.at];
  return new Date(Math.max(...changes.map((at) => at?.getTime() ?? 0)));
}
