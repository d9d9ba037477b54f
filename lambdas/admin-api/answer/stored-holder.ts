import { DerError, type Der } from "../../../core/asn1/der.ts";
import { describeName, type DistinguishedName } from "../../../core/asn1/distinguished-name.ts";
import { spkiSha256 } from "../../../core/authority/authority.ts";
import { holderOf } from "../../../core/certificate/certificate.ts";
import { parseCertificateRequest } from "../../../core/csr/certificate-request.ts";
import type { IssuanceRecord } from "../../../core/ledger/issuance-record.ts";
import { RefusalError } from "../../../core/refusal.ts";

interface Holder {
  readonly subject: DistinguishedName;
  readonly spki: Der;
}

export interface StoredHolder {
  readonly subject: string | null;
  readonly spkiSha256: string | null;
  /** Why the two are not known; absent when they are. */
  readonly note?: string;
}

/** Whom a request is for. */
export function requestHolder({ csr }: IssuanceRecord): StoredHolder {
  return storedHolder("stored CSR", () => parseCertificateRequest(csr));
}

/** Whom a certificate is for, by what was signed or is to be: a record that was put back after a restore has no CSR. */
export function certificateHolder(record: IssuanceRecord): StoredHolder {
  const { reservation } = record;
  if (reservation === undefined) return requestHolder(record);
  return storedHolder("stored certificate", () => holderOf(reservation.tbsCertificate));
}

/** What an earlier version accepted, and this one would not, must not stop a list that it is in. */
function storedHolder(what: string, read: () => Holder): StoredHolder {
  try {
    const { subject, spki } = read();
    return { subject: describeName(subject), spkiSha256: spkiSha256(spki) };
  } catch (error) {
    if (!(error instanceof RefusalError) && !(error instanceof DerError)) throw error;
    return { subject: null, spkiSha256: null, note: `the ${what} cannot be read by this version: ${error.message}` };
  }
}
