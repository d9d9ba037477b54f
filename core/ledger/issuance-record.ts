import type { Der } from "../asn1/der.ts";
import type { SerialNumber } from "../certificate/serial-number.ts";
import type { Validity } from "../certificate/validity.ts";
import type { RefusalCode } from "../refusal.ts";

/** What a human or the policy said. */
export interface ApprovalDecision {
  readonly outcome: "Approved" | "Denied";
  /** A policy rule's name, or the administrator's ARN. */
  readonly by: string;
  readonly reason: string;
  readonly message: string;
  readonly at: Date;
  /** An operator's override: it may take its name from a live certificate with another key. */
  readonly mayReplace?: boolean;
}

/** Why what was approved could not be signed when it was last tried. */
export interface SigningObstacle {
  readonly code: RefusalCode;
  readonly message: string;
  readonly at: Date;
}

/** The intent, durable before the signer is called: from here on this serial number counts as issued. */
export interface Reservation extends Validity {
  readonly serialNumber: SerialNumber;
  readonly tbsCertificate: Der;
  readonly issuerId: string;
  readonly at: Date;
  /** How often KMS may have signed it. */
  readonly attempts: number;
  /** When its holder was told to renew it; absent from what was reserved before this was kept. */
  readonly renewAfter?: Date;
}

export interface Completion {
  readonly signature: Der;
  /** Of the key service, as CloudTrail logs it; undefined where it was not kept. */
  readonly requestId?: string | undefined;
  readonly at: Date;
}

/** RFC 5280 section 5.3.1, by name. */
export const REVOCATION_REASONS = [
  "unspecified",
  "keyCompromise",
  "cACompromise",
  "affiliationChanged",
  "superseded",
  "cessationOfOperation",
  "privilegeWithdrawn",
] as const;
export type RevocationReason = (typeof REVOCATION_REASONS)[number];

export interface Revocation {
  readonly reason: RevocationReason;
  readonly by: string;
  readonly at: Date;
}

/**
 * One request and all that became of it: the CSR object, the ledger entry and the idempotency key in one.
 * Kept under one kilobyte for a P-256 node, so that each write costs one unit: the certificate is not stored but put
 * together from `tbsCertificate` and `signature`.
 */
export interface IssuanceRecord {
  /** The intent's name (`intent-name.ts`). */
  readonly name: string;
  readonly uid: string;
  readonly createdAt: Date;
  readonly username: string;
  readonly groups: readonly string[];
  readonly tokenId: string | undefined;
  readonly signerName: string;
  readonly usages: readonly string[];
  readonly lifetimeSeconds: number | undefined;
  /** The name in the common name: a node's, for the node profiles. */
  readonly nodeName: string;
  readonly csr: Der;
  readonly policyVersion: string;
  readonly decision?: ApprovalDecision;
  /** Of what was approved: it is gone when its certificate is there. */
  readonly obstacle?: SigningObstacle;
  readonly reservation?: Reservation;
  readonly completion?: Completion;
  /** Displaced by another key before it was final: it can never complete, or is revoked if it had. */
  readonly voidedAt?: Date;
  readonly revocation?: Revocation;
  /** Taken out of Kubernetes' sight by `kubectl delete`: the record stays. */
  readonly removedAt?: Date;
  /** Of a record whose object is gone: the record that has its object's name now (`request-name.ts`). */
  readonly successor?: string;
  readonly metadata?: ObjectMetadata;
  /**
   * The token's use was counted before there was this record: an earlier one of the same name and key is gone by its time,
   * and may have been signed. So the use is never given back.
   */
  readonly isUseKept?: true;
}

/** What people and tools write on an object; nothing here decides anything. */
export interface ObjectMetadata {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly at: Date;
}

export type IssuanceState = "Pending" | "Approved" | "Denied" | "Reserved" | "Issued" | "Voided" | "Revoked";

export function stateOf(record: IssuanceRecord): IssuanceState {
  if (record.revocation !== undefined) return "Revoked";
  if (record.voidedAt !== undefined) return "Voided";
  if (record.completion !== undefined) return "Issued";
  if (record.reservation !== undefined) return "Reserved";
  return record.decision?.outcome ?? "Pending";
}

/** DER's NULL, of a record whose request was never seen or is lost. */
export const NO_CSR: Der = Uint8Array.of(0x05, 0x00);

export function hasCsr({ csr }: Pick<IssuanceRecord, "csr">): boolean {
  return Buffer.compare(csr, NO_CSR) !== 0;
}

/** How long a ledger keeps a record after its certificate's end, at least: as long as somebody may ask what became of it. */
export const KEPT_AFTER_EXPIRY_DAYS = 90;

/** Signed, stored, and not taken back. */
export function isComplete(record: IssuanceRecord | undefined): boolean {
  return record?.completion !== undefined && record.voidedAt === undefined;
}

/** The reason of what policy approves by itself, in Kubernetes' word. */
export const AUTO_APPROVED = "AutoApproved";

/** Whether an administrator decided on it. */
export function isDecidedByHand({ decision }: Pick<IssuanceRecord, "decision">): boolean {
  return decision !== undefined && decision.reason !== AUTO_APPROVED;
}

/** Whether it is approved and has no certificate yet. */
export function isApprovedUnsigned({ decision, completion, voidedAt, revocation }: IssuanceRecord): boolean {
  return (
    decision?.outcome === "Approved" && completion === undefined && voidedAt === undefined && revocation === undefined
  );
}
