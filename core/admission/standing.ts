import { stateOf, type IssuanceRecord } from "../ledger/issuance-record.ts";
import type { IssuanceLedger } from "../ledger/issuance-ledger.ts";
import { KEPT_FOR_SURE_SECONDS, secondsSince, type NodeRecord } from "../ledger/node-record.ts";
import type { PresentedCertificate, SignedCertificate } from "../token/identity.ts";

/** A certificate that a CA of ours truly signed, and that the records know nothing of, or nothing of its holding the name. */
export interface UnknownCertificate {
  readonly standing: "unknown";
  readonly signed: SignedCertificate;
  /** Where the nodes alone were restored: its own record. */
  readonly record: IssuanceRecord | undefined;
}

/** What the records say of a certificate that was presented for a name. */
export type Standing =
  /** Then it was replaced or put aside, if it does not hold its name. */
  | { readonly standing: "known" }
  /** It is another profile's: no slot of this name could hold it. */
  | { readonly standing: "other signer"; readonly signerName: string }
  | UnknownCertificate;

const KNOWN = { standing: "known" } as const;

/**
 * Accused is only who is known to be replaced. Asked of what is refused and of nothing else: one query of the day the
 * certificate expires on. Its index may lag behind a certificate by moments; that one is then called unknown, not accused.
 *
 * @param node the name's record, as it was read to refuse the certificate
 */
export async function standingOf(
  ledger: Pick<IssuanceLedger, "findBySerialNumber">,
  node: Pick<NodeRecord, "nodeName" | "signerName" | "anchor" | "candidate" | "toVoid" | "releasedAt">,
  { serialNumber, signed }: PresentedCertificate,
  now: Date,
): Promise<Standing> {
  // Without the certificate itself there is a record: it was presented by that.
  if (signed === undefined) return KNOWN;
  const { notAfter } = signed.certificate;
  // Its record may be gone by its time, and that it is not there says nothing.
  if (secondsSince(notAfter, now) >= KEPT_FOR_SURE_SECONDS) return KNOWN;
  const record = await ledger.findBySerialNumber(serialNumber, { expiresFrom: notAfter, expiresUntil: notAfter });
  if (record === undefined) return { standing: "unknown", signed, record };
  if (record.signerName !== node.signerName) return { standing: "other signer", signerName: record.signerName };
  return record.nodeName === node.nodeName && isForgottenBy(node, record)
    ? { standing: "unknown", signed, record }
    : KNOWN;
}

/**
 * A certificate that is later than all its name has had, and was neither put aside nor released: no act leaves the two
 * records so. The nodes were restored without the certificates, or an admission died between its writes.
 */
function isForgottenBy(
  { anchor, candidate, toVoid, releasedAt }: Pick<NodeRecord, "anchor" | "candidate" | "toVoid" | "releasedAt">,
  record: IssuanceRecord,
): boolean {
  const { reservation } = record;
  if (reservation === undefined || stateOf(record) !== "Issued" || toVoid.includes(record.name)) return false;
  if ([anchor, candidate].some((slot) => slot?.serialNumber === reservation.serialNumber)) return false;
  return [anchor?.at, candidate?.at, releasedAt].every((at) => at === undefined || at < reservation.at);
}
