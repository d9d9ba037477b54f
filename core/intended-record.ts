import type { Attempt } from "./issuance-attempt.ts";
import type { IssuanceRecord, Reservation } from "./issuance-record.ts";
import { newRecord } from "./issuance-request.ts";
import type { IssuanceServices } from "./issuance-services.ts";
import { plannedRenewal } from "./renewal-window.ts";
import { buildEndEntityTbs } from "./tbs-certificate.ts";
import { lifetimeSecondsOf, validityOf } from "./validity.ts";

/** The record as it will be stored if nothing is reserved yet: the TBSCertificate is built here, once. */
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
  const tbsCertificate = buildEndEntityTbs(issuer, { ...grant, serialNumber, validity, spki: csr.spki });
  const isFirst = identity.certificate === undefined;
  const renewAfter = plannedRenewal(validity, { nodeName, isFirst }, services.renewals);
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
