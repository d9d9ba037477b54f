import type { Attempt } from "../claim/issuance-attempt.ts";
import type { IssuanceRecord, Reservation } from "../ledger/issuance-record.ts";
import { newRecord } from "./issuance-request.ts";
import type { IssuanceServices } from "../claim/issuance-services.ts";
import { RefusalError } from "../refusal.ts";
import { plannedRenewal } from "../renewal/window.ts";
import { LONGEST_WHOLE_MESSAGE_BYTES, type SignatureAlgorithm } from "../keys/signature-algorithm.ts";
import type { SerialNumber } from "../certificate/serial-number.ts";
import type { PolicyRule } from "../policy/policy.ts";
import { buildEndEntityTbs, type EndEntity } from "../certificate/tbs-certificate.ts";
import { lifetimeSecondsOf, validityOf } from "../certificate/validity.ts";

/**
 * The record as it will be stored if nothing is reserved yet: the TBSCertificate is built here, once.
 *
 * @throws RefusalError `too_large` when the CA's key cannot sign what would stand in the certificate
 */
export function intendedRecord(
  services: IssuanceServices,
  attempt: Attempt,
): IssuanceRecord & { reservation: Reservation } {
  const { grant, csr, record, startedAt, directory, nodeName, identity } = attempt;
  const base = record ?? newRecord(services, attempt, grant, nodeName, startedAt);
  if (record?.reservation !== undefined) return { ...record, reservation: record.reservation };
  const issuer = directory.active();
  const serialNumber = services.newSerialNumber();
  const validity = validityOf(startedAt, lifetimeSecondsOf(base.lifetimeSeconds, grant.rule), issuer);
  const tbsCertificate = buildEndEntityTbs(issuer, {
    ...{ ...grant, serialNumber, validity, spki: csr.spki },
    ...revocationOf(services, grant.rule, issuer.id, serialNumber),
  });
  assertSignable(issuer.signatureAlgorithm, tbsCertificate.length);
  const isFirst = identity.certificate === undefined;
  const renewAfter = plannedRenewal({ ...validity, at: startedAt }, { nodeName, isFirst }, services.renewals);
  const approved = {
    outcome: "Approved",
    by: grant.rule.name,
    reason: "AutoApproved",
    message: "",
    at: startedAt,
  } as const;
  return {
    ...base,
    decision: base.decision ?? approved,
    reservation: {
      ...validity,
      serialNumber,
      tbsCertificate,
      issuerId: issuer.id,
      at: startedAt,
      attempts: 1,
      renewAfter,
    },
  };
}

/** Where a verifier learns of its revocation, or that it does not. */
function revocationOf(
  { revocationListUrl, ocspUrl }: IssuanceServices,
  { noRevAvail }: PolicyRule,
  issuerId: string,
  serialNumber: SerialNumber,
): Pick<EndEntity, "revocationListUrl" | "ocspUrl" | "noRevAvail"> {
  return noRevAvail ? { noRevAvail } : { revocationListUrl: revocationListUrl?.(issuerId, serialNumber), ocspUrl };
}

function assertSignable({ name, hash }: SignatureAlgorithm, bytes: number): void {
  if (hash !== undefined || bytes <= LONGEST_WHOLE_MESSAGE_BYTES) return;
  throw new RefusalError(
    "too_large",
    `the certificate would have ${bytes} bytes to sign, and the CA's ${name} key signs ${LONGEST_WHOLE_MESSAGE_BYTES} at most; ask for fewer names`,
    { field: "csr" },
  );
}
