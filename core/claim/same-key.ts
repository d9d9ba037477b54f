import { holderOf } from "../certificate/certificate.ts";
import { parseCertificateRequest } from "../csr/certificate-request.ts";
import { DerError } from "../asn1/der.ts";
import { hasCsr, type IssuanceRecord } from "../ledger/issuance-record.ts";
import { RefusalError } from "../refusal.ts";

/** Whether a record is of this key. Of what is not on record, or cannot be read any more, nobody can say whose it is. */
export function isOfKey(record: IssuanceRecord | undefined, spki: Uint8Array): boolean {
  const known = record === undefined ? undefined : spkiOf(record);
  return known !== undefined && Buffer.compare(known, spki) === 0;
}

/** What was put back on record after a restore has a certificate, and no CSR. */
function spkiOf(record: IssuanceRecord): Uint8Array | undefined {
  try {
    if (hasCsr(record)) return parseCertificateRequest(record.csr).spki;
    return record.reservation === undefined ? undefined : holderOf(record.reservation.tbsCertificate).spki;
  } catch (error) {
    if (error instanceof RefusalError || error instanceof DerError) return undefined;
    throw error;
  }
}
