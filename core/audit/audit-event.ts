import type { AuthorityState } from "../authority/authority.ts";
import type { RefusalCode } from "../refusal.ts";

/**
 * What happened, for the log and for alarms. A log line is made from these members alone, and none of them is secret.
 */
export interface AuditEvent {
  readonly event:
    | "request_pending"
    | "certificate_reserved"
    | "certificate_issued"
    | "certificate_confirmed"
    | "certificate_recovered"
    | "certificate_revoked"
    | "certificate_superseded_used"
    | "certificate_unknown_used"
    | "certificate_admitted"
    | "recovery_admission_opened"
    | "recovery_admission_ended"
    | "request_decided"
    | "request_denied"
    | "request_removed"
    | "request_refused"
    | "token_created"
    | "token_amended"
    | "token_revoked"
    | "node_released"
    | "node_recovery_allowed"
    | "node_renewal_requested"
    | "node_revoked"
    | "node_overdue"
    | "nodes_overdue"
    | "authority_created"
    | "authority_prepared"
    | "authority_activated"
    | "authority_retired"
    | "authority_days_left"
    | "authority_expires_soon"
    | "revocation_list_reserved"
    | "revocation_list_published"
    | "revocation_list_failed"
    | "revocation_list_filling"
    | "revocation_list_shortened"
    | "revocation_unreadable"
    | "ocsp_responder_reserved"
    | "ocsp_responder_certified"
    | "roles_anywhere_anchored"
    | "roles_anywhere_list_imported"
    | "roles_anywhere_failed"
    | "inspection_failed";
  readonly name?: string;
  readonly serialNumber?: string;
  /** The serial number of the expired certificate that a recovery was asked for with. */
  readonly presentedSerialNumber?: string;
  readonly nodeName?: string;
  readonly signerName?: string;
  readonly username?: string;
  readonly groups?: readonly string[];
  readonly tokenId?: string;
  readonly issuerId?: string;
  readonly rule?: string;
  readonly field?: string;
  readonly refusalCode?: RefusalCode;
  readonly notAfter?: string;
  /** Of an admission: the certificates that were issued after this. */
  readonly issuedAfter?: string;
  readonly attempts?: number;
  readonly csrSha256?: string;
  readonly reason?: string;
  readonly policyVersion?: string;
  readonly authorityId?: string;
  /** Of a trust anchor: the CAs that it trusts from now on. */
  readonly authorityIds?: readonly string[];
  readonly authorityState?: AuthorityState;
  /** Whole days until a CA expires; negative afterwards. */
  readonly daysLeft?: number;
  /** When the certificate should have been replaced. */
  readonly overdueSince?: string;
  readonly lastSeenAt?: string;
  /** As the node's agent reported it. */
  readonly agentVersion?: string;
  readonly nodeCount?: number;
  /** The first digits of the serial numbers, for one shard of a CA's revocation list. */
  readonly shard?: string;
  readonly listNumber?: number;
  readonly revokedCertificates?: number;
  readonly nextUpdate?: string;
  readonly unreadableRecords?: number;
  /** Displaced ones that a list had no room for. */
  readonly omittedCertificates?: number;
  /** Of a list's room, what operators revoked. */
  readonly percentFull?: number;
}

export type Audit = (event: AuditEvent) => void;
