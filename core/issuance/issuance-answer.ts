import type { Der } from "../asn1/der.ts";
import { isComplete, stateOf, type IssuanceRecord } from "../ledger/issuance-record.ts";
import type { IssuerDirectory } from "../authority/issuer-directory.ts";
import { RefusalError } from "../refusal.ts";
import { recordedWindow } from "../renewal/window.ts";
import { assembleCertificate } from "../certificate/tbs-certificate.ts";
import type { RenewalWindow } from "../certificate/validity.ts";

export interface IssuedCertificate extends RenewalWindow {
  /** Leaf first, up to but without the root. */
  readonly chain: readonly Der[];
}

/** What a request has come to: a certificate, or the state it waits in. */
export interface IssuanceAnswer {
  readonly record: IssuanceRecord;
  readonly issued: IssuedCertificate | undefined;
  /** Whether this very call made it so. */
  readonly isNew: boolean;
  readonly trustBundleSequence: number;
}

/** @throws Error when the record's issuing CA is no longer in the bundle */
export function answerOf(record: IssuanceRecord, directory: IssuerDirectory, isNew: boolean): IssuanceAnswer {
  return {
    record,
    issued: stateOf(record) === "Issued" ? issuedOf(record, directory) : undefined,
    isNew,
    trustBundleSequence: directory.bundle.sequence,
  };
}

function issuedOf(record: IssuanceRecord, directory: IssuerDirectory): IssuedCertificate | undefined {
  const { reservation } = record;
  const certificate = certificateOf(record, directory);
  if (reservation === undefined || certificate === undefined) return undefined;
  return {
    chain: [certificate, ...directory.byId(reservation.issuerId).chain],
    ...recordedWindow(reservation, record.nodeName),
  };
}

/** The certificate of a completed record, revoked or not; undefined when it was never signed. */
export function certificateOf(
  { reservation, completion }: IssuanceRecord,
  directory: IssuerDirectory,
): Der | undefined {
  if (reservation === undefined || completion === undefined) return undefined;
  const { signatureAlgorithm } = directory.byId(reservation.issuerId);
  return assembleCertificate(reservation.tbsCertificate, signatureAlgorithm, completion.signature);
}

/** What is already settled about an intent; undefined when there is still something to do. */
export function answerFromRecord(
  record: IssuanceRecord,
  directory: IssuerDirectory,
  now: Date,
): IssuanceAnswer | undefined {
  if (record.decision?.outcome === "Denied") {
    const { reason, message } = record.decision;
    throw new RefusalError("request_denied", message || reason || "an administrator denied this request", {
      field: "name",
    });
  }
  if (record.revocation !== undefined) {
    throw new RefusalError(
      "certificate_revoked",
      "the certificate of this request has been revoked; make a new key and ask again",
    );
  }
  if (record.voidedAt !== undefined) throw requestVoided("it was displaced by another key for the same name");
  if (record.reservation !== undefined && isRetired(directory, record.reservation.issuerId))
    throw requestVoided(`the CA ${record.reservation.issuerId} has been retired`);
  // Also one that was reserved and never signed: its TBSCertificate could only become an expired certificate.
  if (record.reservation !== undefined && record.reservation.notAfter.getTime() < now.getTime()) {
    throw requestVoided(`its certificate expired at ${record.reservation.notAfter.toISOString()}`);
  }
  return isComplete(record) ? answerOf(record, directory, false) : undefined;
}

/** A retired CA signs nothing any more, and nobody trusts what it has signed. */
function isRetired({ bundle }: IssuerDirectory, issuerId: string): boolean {
  return bundle.authorities.some(({ id, state }) => id === issuerId && state === "retired");
}

export function requestVoided(why: string): RefusalError {
  return new RefusalError(
    "request_voided",
    `this request can no longer give a certificate: ${why}; make a new key and ask again`,
  );
}
