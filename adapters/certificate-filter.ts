import type { IssuanceRecord, Reservation } from "../core/ledger/issuance-record.ts";
import type { CertificateFilter } from "../core/ledger/issuance-ledger.ts";

/** The day a certificate expires, in UTC: `2026-11-23`. These texts sort like the days. */
export function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10);
}

/** One predicate for every list, so that all kinds of queries find the same certificates. */
export function isWanted(
  record: IssuanceRecord,
  { nodeName, tokenId, expiresBefore, expiresFrom, expiresUntil, reservedUntil }: CertificateFilter,
): record is IssuanceRecord & { readonly reservation: Reservation } {
  // A reservation that was never signed is not a certificate.
  if (record.reservation === undefined || record.completion === undefined) return false;
  const { notAfter, at } = record.reservation;
  return (
    (nodeName === undefined || record.nodeName === nodeName) &&
    (tokenId === undefined || record.tokenId === tokenId) &&
    (reservedUntil === undefined || at.getTime() <= reservedUntil.getTime()) &&
    (expiresBefore === undefined || notAfter.getTime() < expiresBefore.getTime()) &&
    dayOf(notAfter) >= dayOf(expiresFrom) &&
    dayOf(notAfter) <= dayOf(expiresUntil)
  );
}
