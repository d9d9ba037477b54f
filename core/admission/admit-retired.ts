import type { IssuerDirectory } from "../authority/issuer-directory.ts";
import { stateOf, type IssuanceRecord } from "../ledger/issuance-record.ts";
import type { IssuanceLedger } from "../ledger/issuance-ledger.ts";
import { RefusalError } from "../refusal.ts";
import type { PresentedCertificate, SignedCertificate } from "../token/identity.ts";
import { isOpen, type RecoveryAdmissionStore } from "./recovery-admission.ts";

interface Services {
  readonly admissions: Pick<RecoveryAdmissionStore, "read">;
  readonly ledger: Pick<IssuanceLedger, "findBySerialNumber">;
  readonly clock: () => Date;
}

interface Authenticated {
  readonly identity: { readonly certificate: PresentedCertificate };
}

/**
 * Authenticates for a renewal; a certificate of a CA that was retired too, while an operator admits what that CA signed. It
 * must be on record, octet by octet: the retired CA's key may have been in other hands since, and is not believed.
 *
 * @throws RefusalError as `authenticate` does
 */
export async function authenticateOrAdmit<T extends Authenticated>(
  services: Services,
  directory: IssuerDirectory,
  authenticate: (directory: IssuerDirectory) => T,
): Promise<T> {
  try {
    return authenticate(directory);
  } catch (refusal) {
    if (!(refusal instanceof RefusalError)) throw refusal;
    const presented = ofRetired(directory, authenticate);
    const { signed, nodeName } = presented?.identity.certificate ?? {};
    if (presented === undefined || signed === undefined) throw refusal;
    const admission = await services.admissions.read();
    const isAdmitted =
      admission !== undefined &&
      isOpen(admission, services.clock()) &&
      admission.authorityIds?.includes(signed.issuerId) === true &&
      !admission.except.includes(nodeName ?? "");
    if (!isAdmitted || !(await isOnRecord(services, signed))) throw refusal;
    const certificate = { ...presented.identity.certificate, admittedBy: admission.by };
    return { ...presented, identity: { ...presented.identity, certificate } };
  }
}

/** What would be accepted if no CA had been retired; undefined when that is not the reason. */
function ofRetired<T>(directory: IssuerDirectory, authenticate: (directory: IssuerDirectory) => T): T | undefined {
  const retired = directory.bundle.authorities.filter(({ role, state }) => role === "issuing" && state === "retired");
  if (retired.length === 0) return undefined;
  try {
    return authenticate({ ...directory, issuing: () => retired.map(({ id }) => directory.byId(id)) });
  } catch (error) {
    if (error instanceof RefusalError) return undefined;
    throw error;
  }
}

async function isOnRecord({ ledger }: Services, { certificate, serialNumber }: SignedCertificate): Promise<boolean> {
  const { notAfter, tbsCertificate } = certificate;
  const filter = { expiresFrom: notAfter, expiresUntil: notAfter };
  const record: IssuanceRecord | undefined = await ledger.findBySerialNumber(serialNumber, filter);
  const recorded = record?.reservation?.tbsCertificate;
  return (
    record !== undefined &&
    recorded !== undefined &&
    stateOf(record) === "Issued" &&
    Buffer.compare(recorded, tbsCertificate) === 0
  );
}
