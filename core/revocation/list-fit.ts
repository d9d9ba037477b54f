import type { RevokedCertificate } from "./revocation-ledger.ts";
import { entryOctets } from "./revocation-list.ts";

export interface FittingEntries {
  readonly entries: readonly RevokedCertificate[];
  /** How many certificates were left out for want of room. */
  readonly omitted: number;
  /** Of the room, what cannot be left out takes so much; above 1 it does not fit. */
  readonly share: number;
}

/**
 * What a list can hold. A certificate that was displaced before anybody confirmed it is left out first, the last displaced
 * before the others: its key is its own node's, which may make any number of them. What an operator revoked is never left
 * out, and what has once found room keeps it, so that the list does not change with everything that finds none.
 *
 * @param room for entries, in octets
 */
export function fittingEntries(wanted: readonly RevokedCertificate[], room: number): FittingEntries {
  const firm = wanted.filter(({ isDisplaced }) => isDisplaced !== true);
  const displaced = wanted
    .filter(({ isDisplaced }) => isDisplaced === true)
    .sort((one, other) => one.revokedAt.getTime() - other.revokedAt.getTime());
  let octets = firm.reduce((sum, entry) => sum + entryOctets(entry), 0);
  const share = octets / room;
  const kept: RevokedCertificate[] = [];
  for (const entry of displaced) {
    octets += entryOctets(entry);
    if (octets > room) break;
    kept.push(entry);
  }
  return { entries: [...firm, ...kept], omitted: displaced.length - kept.length, share };
}
