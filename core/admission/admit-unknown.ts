import { createHash } from "node:crypto";
import { certificateUsages } from "../certificate/key-usage.ts";
import { latestIssueOf } from "../certificate/validity.ts";
import type { Attempt } from "../claim/issuance-attempt.ts";
import type { IssuanceServices } from "../claim/issuance-services.ts";
import {
  isComplete,
  NO_CSR,
  type Completion,
  type IssuanceRecord,
  type Reservation,
} from "../ledger/issuance-record.ts";
import type { NodeRecord, NodeSlot } from "../ledger/node-record.ts";
import { RefusalError } from "../refusal.ts";
import { isOpen, type RecoveryAdmission } from "./recovery-admission.ts";
import type { UnknownCertificate } from "./standing.ts";

/** A certificate's record as it is once it is complete. */
export interface EnteredRecord extends IssuanceRecord {
  readonly reservation: Reservation;
  readonly completion: Completion;
}

/** The name as it would be had its records not been lost: the unknown certificate is its anchor. */
export interface Admission {
  readonly node: NodeRecord;
  /** To be on record before the node is written. */
  readonly record: EnteredRecord;
}

export interface AdmissionQuestion {
  readonly attempt: Pick<Attempt, "identity" | "grant" | "nodeName" | "parameters">;
  /** As stored. */
  readonly node: NodeRecord;
  /** Of the node's candidate, if there is one. */
  readonly candidate: IssuanceRecord | undefined;
  readonly unknown: UnknownCertificate;
  readonly admission: RecoveryAdmission | undefined;
}

/** Why an unknown certificate is not admitted; undefined when it is. That the node is not revoked was judged before. */
export function faultOfAdmission(
  { attempt, node, candidate, unknown, admission }: AdmissionQuestion,
  now: Date,
): string | undefined {
  if (admission === undefined || !isOpen(admission, now) || admission.authorityIds !== undefined)
    return "an administrator can admit it (nodeseal recovery admit --issued-after TIME), or join again with a new token";
  if (admission.except.includes(attempt.nodeName))
    return "an administrator excepted its name; join again with a new token";
  const { certificate } = unknown.signed;
  const issuedAt = latestIssueOf(certificate);
  // What was reserved before the restore point and is unsigned on record was signed after it.
  const isEarly = issuedAt <= admission.issuedAfter && unsignedRecord(candidate, unknown, now) === undefined;
  if (isEarly || certificate.notBefore > admission.openedAt)
    return `it is not of those that are admitted: issued from ${admission.issuedAfter.toISOString()} to ${admission.openedAt.toISOString()}`;
  const { extendedKeyUsages } = certificateUsages(attempt.grant.usages, false);
  if ([...certificate.extendedKeyUsages].sort().join() !== extendedKeyUsages.join())
    return `its extended key usages are not those of ${attempt.parameters.signerName}`;
  if (holdersOf(node, candidate).some(({ at }) => at >= issuedAt))
    return "its name has had a newer certificate since; join again with a new token";
  if (node.releasedAt !== undefined && node.releasedAt >= issuedAt)
    return "its name was released since; join again with a new token";
  return undefined;
}

/** A claim that came to no certificate is nobody's. */
function holdersOf({ anchor, candidate }: NodeRecord, record: IssuanceRecord | undefined): NodeSlot[] {
  return [anchor, isComplete(record) ? candidate : undefined].filter((slot) => slot !== undefined);
}

/**
 * Puts the certificate into the anchor's slot, in the same conditional write that claims the name for its successor: from
 * then on it is judged as every certificate is, so it is admitted once. An older candidate was replaced by it.
 */
export function admit(
  services: Pick<IssuanceServices, "newUid" | "policy">,
  { attempt, node, candidate, unknown }: AdmissionQuestion,
  { by }: RecoveryAdmission,
  now: Date,
): Admission {
  const { certificate } = unknown.signed;
  const issuedAt = latestIssueOf(certificate);
  // Never after its successor's claim, or it would be the later of the two.
  const at = issuedAt < now ? issuedAt : now;
  const record = isEntered(unknown.record)
    ? unknown.record
    : (unsignedRecord(candidate, unknown, at) ?? recordOf(services, attempt, unknown, by, at));
  const { serialNumber, notAfter } = record.reservation;
  // Its slot may name a serial number that an attempt meant to reserve, and another did.
  const isItself = node.candidate?.intentName === record.name;
  const isReplaced = isComplete(candidate) || isItself || node.candidate?.serialNumber === serialNumber;
  const anchor = { intentName: record.name, serialNumber, notAfter, at, tokenId: record.tokenId, isRevoked: false };
  return {
    record,
    node: {
      ...node,
      anchor: { ...anchor, kind: "renewal" },
      candidate: isReplaced ? undefined : node.candidate,
      admission: { serialNumber, at: now, by },
      unknownUse: undefined,
    },
  };
}

/**
 * Puts the certificate back on record, signature and all; what is there already stays. A crash in between is finished by a
 * retry.
 *
 * @throws RefusalError `request_in_progress` when somebody put the record aside meanwhile: they decide who has the name
 */
export async function enterOnRecord(
  { ledger }: Pick<IssuanceServices, "ledger">,
  { record }: Admission,
): Promise<void> {
  const { completion, ...reserved } = record;
  const stored = await ledger.reserve(reserved);
  const entered = isComplete(stored) ? stored : await ledger.complete(record.name, completion);
  if (isComplete(entered)) return;
  throw new RefusalError("request_in_progress", `the name ${record.nodeName} is contended`, { retryAfterSeconds: 2 });
}

/**
 * A restore to the moment before its signature was stored left its own record: that one is completed, so that nobody signs
 * the same serial number again.
 */
function unsignedRecord(
  candidate: IssuanceRecord | undefined,
  { signed: { certificate } }: UnknownCertificate,
  at: Date,
): EnteredRecord | undefined {
  const { reservation, voidedAt } = candidate ?? {};
  if (candidate === undefined || reservation === undefined || voidedAt !== undefined) return undefined;
  if (Buffer.compare(reservation.tbsCertificate, certificate.tbsCertificate) !== 0) return undefined;
  return { ...candidate, reservation, completion: { signature: certificate.signature, at } };
}

function isEntered(record: IssuanceRecord | undefined): record is EnteredRecord {
  return record?.reservation !== undefined && record.completion !== undefined;
}

function recordOf(
  { newUid, policy }: Pick<IssuanceServices, "newUid" | "policy">,
  { identity, grant, nodeName, parameters }: AdmissionQuestion["attempt"],
  { signed: { certificate, issuerId, serialNumber } }: UnknownCertificate,
  by: string,
  at: Date,
): EnteredRecord {
  const { notBefore, notAfter, tbsCertificate, signature } = certificate;
  return {
    // Whoever admits it again finds the same record.
    name: `csr-${createHash("sha256").update(`admitted:${serialNumber}`).digest("base64url")}`,
    uid: newUid(),
    createdAt: at,
    username: identity.username,
    groups: identity.groups,
    tokenId: undefined,
    signerName: parameters.signerName,
    usages: grant.usages,
    lifetimeSeconds: undefined,
    nodeName,
    // It is lost, and what it asked for is in the certificate.
    csr: NO_CSR,
    policyVersion: policy.version,
    decision: { outcome: "Approved", by, reason: "Admitted", message: "not on record, and signed by this service", at },
    reservation: { serialNumber, tbsCertificate, issuerId, notBefore, notAfter, at, attempts: 1 },
    completion: { signature, at },
  };
}

export function reportAdmission({ audit }: Pick<IssuanceServices, "audit">, { record }: Admission): void {
  const { name, nodeName, username, signerName, reservation } = record;
  const { serialNumber, issuerId } = reservation;
  const notAfter = reservation.notAfter.toISOString();
  audit({ event: "certificate_admitted", name, nodeName, username, signerName, serialNumber, issuerId, notAfter });
}
