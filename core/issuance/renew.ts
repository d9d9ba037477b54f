import { assertRenewsItself } from "../claim/standing-certificate.ts";
import type { AuthenticatedCertificate } from "./authenticate-certificate.ts";
import { gradingPauses } from "./busy-pause.ts";
import type { CertificateRequest } from "../csr/certificate-request.ts";
import type { SigningParameters } from "../policy/decision.ts";
import { nodeKeyOf } from "./enrol.ts";
import type { IssuanceAnswer } from "./issuance-answer.ts";
import { readStored, type IssuanceRequest } from "./issuance-request.ts";
import type { IssuanceServices } from "../claim/issuance-services.ts";
import { intentName } from "../ledger/intent-name.ts";
import { isComplete, type IssuanceRecord, type Reservation } from "../ledger/issuance-record.ts";
import { issueCertificate } from "./issue-certificate.ts";
import type { IssuerDirectory } from "../authority/issuer-directory.ts";
import { assertAddsNoNames } from "../csr/renewed-names.ts";
import { reportingDenials } from "./report-denial.ts";
import type { SerialNumber } from "../certificate/serial-number.ts";

export interface RenewalRequest {
  readonly authenticated: AuthenticatedCertificate;
  readonly csr: CertificateRequest;
  readonly parameters: SigningParameters;
  readonly arrivedAt: Date;
  readonly directory: IssuerDirectory;
}

/**
 * The next certificate for a node that proves it holds its current one, or its latest one, if that may recover. The
 * identity is the certificate's; policy (`selfnodeclient`) lets it ask for its own name only, and the claim on the name lets
 * only the latest certificate ask. Nothing is read before policy has decided: an ordinary renewal then takes three round trips.
 *
 * @throws RefusalError
 */
export async function renew(services: IssuanceServices, request: RenewalRequest): Promise<IssuanceAnswer> {
  const { authenticated, csr, parameters } = request;
  const { identity, certificate, isForClients } = authenticated;
  const wanted = { identity, csr, parameters };
  const remainingSeconds = (certificate.notAfter.getTime() - services.clock().getTime()) / 1000;
  const caller = { key: identity.username, remainingSeconds };
  return reportingDenials(services, wanted, async () => {
    if (!isForClients) assertRenewsItself(identity, parameters.signerName);
    assertAddsNoNames(certificate, csr);
    return await gradingPauses(caller, () => nextCertificate(services, request));
  });
}

/** @param predecessor what the intent is named after, if not after the certificate that is presented */
async function nextCertificate(
  services: IssuanceServices,
  renewal: RenewalRequest,
  predecessor = renewal.authenticated.identity.certificate.serialNumber,
): Promise<IssuanceAnswer> {
  const { authenticated, csr, parameters, arrivedAt, directory } = renewal;
  const { identity } = authenticated;
  const { signerName } = parameters;
  const name = intentOf(renewal, predecessor);
  const request: IssuanceRequest = {
    identity,
    csr,
    parameters,
    intentName: name,
    arrivedAt,
    token: undefined,
    record: undefined,
    node: undefined,
    directory,
  };
  // An expired certificate is no anchor any more: whether it may still be used is judged from what is stored.
  // Nor is one of a retired CA, which is admitted once.
  const { expiredAt, admittedBy } = identity.certificate;
  if (expiredAt === undefined && admittedBy === undefined)
    return issueCertificate(services, { ...request, isUnread: true });
  const known = await readStored(services, request, nodeKeyOf(csr, signerName));
  const past = pastReservation(known.record, services.clock());
  if (past !== undefined) {
    const next = isComplete(known.record) ? presentedInstead(renewal, past) : renewal;
    return nextCertificate(services, next, past.serialNumber);
  }
  const answer = await issueCertificate(services, known);
  if (answer.isNew && expiredAt !== undefined) reportRecovery(services, answer, identity.certificate.serialNumber);
  return answer;
}

/**
 * A proof that does not say what is asked for can be sent again with other usages: whatever they are, it is the same intent
 * and gives the same certificate. (Another signer's slots do not hold the certificate that is presented.) Proofs of agents
 * before 0.2 are of that kind; nothing else is from 0.3 on.
 */
function intentOf({ authenticated, csr, parameters }: RenewalRequest, presentedSerialNumber: SerialNumber): string {
  const { identity, bindsRequest } = authenticated;
  const { signerName } = parameters;
  const usages = bindsRequest ? parameters.usages : undefined;
  return intentName({ username: identity.username, presentedSerialNumber, csr, signerName, usages });
}

/**
 * What this very request led to when it was made before, if that has expired since: the node was off before it had the
 * answer, and kept its key. What it is asking for is the one after that.
 */
function pastReservation(record: IssuanceRecord | undefined, now: Date): Reservation | undefined {
  const { reservation, voidedAt, revocation } = record ?? {};
  if (reservation === undefined || voidedAt !== undefined || revocation !== undefined) return undefined;
  return now.getTime() > reservation.notAfter.getTime() ? reservation : undefined;
}

/** It never had that certificate, but the CSR shows its key: so it recovers by that one, its latest. */
function presentedInstead(renewal: RenewalRequest, { serialNumber, notAfter }: Reservation): RenewalRequest {
  const { authenticated } = renewal;
  const { nodeName } = authenticated.identity.certificate;
  const identity = { ...authenticated.identity, certificate: { nodeName, serialNumber, expiredAt: notAfter } };
  return { ...renewal, authenticated: { ...authenticated, identity } };
}

function reportRecovery(
  { audit }: IssuanceServices,
  { record: { nodeName, username, reservation } }: IssuanceAnswer,
  presentedSerialNumber: SerialNumber,
): void {
  if (reservation === undefined) return;
  const { serialNumber } = reservation;
  audit({ event: "certificate_recovered", nodeName, username, serialNumber, presentedSerialNumber });
}
