import { isComplete, type IssuanceRecord } from "../../core/ledger/issuance-record.ts";
import type { NodeRecord, NodeSlot } from "../../core/ledger/node-record.ts";

/** It lost the slot, and nothing says what became of it. Only an enrolment may give back what it claimed: its token was spent. */
export function isOverwritten({ intentName, kind }: NodeSlot, { anchor, candidate, toVoid }: NodeRecord): boolean {
  const isLeft = candidate === undefined ? kind === "renewal" : candidate.intentName !== intentName;
  return isLeft && anchor?.intentName !== intentName && !toVoid.includes(intentName);
}

/** What need not be kept: its certificate was taken back, or has run out. */
export function isSettledAway(
  { isRevoked, notAfter }: NodeSlot,
  record: IssuanceRecord | undefined,
  now: Date,
): boolean {
  const isTakenBack = record?.voidedAt !== undefined || record?.revocation !== undefined;
  return isRevoked || isTakenBack || notAfter.getTime() < now.getTime();
}

export function hasExpired({ reservation }: IssuanceRecord, now: Date): boolean {
  return reservation !== undefined && reservation.notAfter.getTime() < now.getTime();
}

/** Whether the record's certificate would pass wherever only its validity and its revocation are asked. */
export function isStillGood(record: IssuanceRecord, now: Date): boolean {
  return isComplete(record) && record.revocation === undefined && !hasExpired(record, now);
}
