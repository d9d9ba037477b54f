import { KEPT_AFTER_EXPIRY_DAYS, type IssuanceRecord } from "../../core/ledger/issuance-record.ts";

const DAY_MILLISECONDS = 24 * 3600 * 1000;
const KEPT_WAITING_DAYS = 8;
const KEPT_UNSIGNED_DAYS = 2;

/** When DynamoDB may have deleted a record by its `deleteAt` (`adapters/dynamodb/issuance/issuance-item.ts`). */
export function isOverdue(
  { createdAt, reservation, completion }: IssuanceRecord,
  lastAttemptAt: Date | undefined,
  now: Date,
): boolean {
  const after = (at: Date, days: number): boolean => now.getTime() >= at.getTime() + days * DAY_MILLISECONDS;
  if (reservation === undefined) return after(createdAt, KEPT_WAITING_DAYS);
  if (completion !== undefined) return after(reservation.notAfter, KEPT_AFTER_EXPIRY_DAYS);
  if (lastAttemptAt !== undefined && !after(lastAttemptAt, KEPT_WAITING_DAYS)) return false;
  const hasWaited = createdAt < reservation.at;
  return after(reservation.at, KEPT_UNSIGNED_DAYS) && (!hasWaited || after(createdAt, KEPT_WAITING_DAYS));
}
