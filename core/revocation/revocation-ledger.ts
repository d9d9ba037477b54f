import type { IssuanceRecord, Reservation } from "../ledger/issuance-record.ts";
import type { Page, PageRequest } from "../ledger/page.ts";
import type { RevokedEntry } from "./revocation-list.ts";

/** What a list says of a certificate, and until when it has to. */
export interface RevokedCertificate extends RevokedEntry {
  readonly notAfter: Date;
  /** Put aside by a later claim of its name before anybody confirmed it; no operator revoked it. */
  readonly isDisplaced?: true;
}

export interface RevokedPage extends Page<RevokedCertificate> {
  /** Names of records that are among them and cannot be read: the rest of a list must not wait for them. */
  readonly unreadable: readonly string[];
}

/** What making revocation lists needs of the ledger besides. */
export interface RevocationLedger {
  /**
   * Certificates of one CA that were revoked, or that were signed or about to be when they became void; in the order in
   * which that happened. Their certificates may have expired.
   *
   * @param since only what happened then or later
   */
  listRevoked(issuerId: string, page: PageRequest, since?: Date): Promise<RevokedPage>;
}

/** Undefined for a record without a certificate, or one that stands. */
export function revokedCertificateOf({
  reservation,
  revocation,
  voidedAt,
}: Pick<IssuanceRecord, "revocation" | "voidedAt"> & {
  readonly reservation?: Pick<Reservation, "serialNumber" | "notAfter">;
}): RevokedCertificate | undefined {
  const revokedAt = revocation?.at ?? voidedAt;
  if (reservation === undefined || revokedAt === undefined) return undefined;
  const { serialNumber, notAfter } = reservation;
  // What is void was displaced by another certificate for the same name.
  return revocation === undefined
    ? { serialNumber, notAfter, revokedAt, reason: "superseded", isDisplaced: true }
    : { serialNumber, notAfter, revokedAt, reason: revocation.reason };
}
