import * as z from "zod/mini";
import type { AuditEvent } from "./audit-event.ts";

/**
 * The events that the service publishes, made from lines of its own audit log. Only the members listed here are
 * published. docs/events.md explains them, docs/events/ holds their schemas. Add members, never change their meaning.
 */

const text = z.string();
const count = z.int();
const time = z.iso.datetime();

/** The members of every event. */
const common = {
  /** The same for every delivery of the event: delivery is at least once. */
  id: text,
  cluster: text,
  /** API Gateway's request id, to find the line in the logs. */
  requestId: z.optional(text),
  sourceIp: z.optional(text),
};

const certificate = { name: text, serialNumber: text, nodeName: text };

export const EVENT_DETAILS = {
  "Certificate Issued": z.object({
    ...common,
    ...certificate,
    signerName: text,
    /** Who asked: `system:bootstrap:<token id>` for a first certificate, the node itself for a renewal. */
    username: text,
    tokenId: z.optional(text),
    issuerId: text,
    notAfter: time,
    /** How often the key may have signed it. Above 1, an earlier attempt was lost. */
    attempts: count,
    policyVersion: text,
  }),
  "Certificate Request Pending": z.object({
    ...common,
    name: text,
    nodeName: text,
    signerName: text,
    username: text,
    tokenId: z.optional(text),
    rule: text,
    policyVersion: text,
  }),
  "Certificate Request Approved": z.object({ ...common, name: text, nodeName: text, username: text }),
  "Certificate Request Denied": z.object({
    ...common,
    /** The request, if an administrator denied it. What policy denies is never recorded. */
    name: z.optional(text),
    /** The node that the certificate would have been for, if known. */
    nodeName: z.optional(text),
    signerName: z.optional(text),
    /** The requester. When an administrator denied the request: that administrator. */
    username: text,
    tokenId: z.optional(text),
    /** The serial number of the certificate that was presented. */
    serialNumber: z.optional(text),
    /** The API's refusal code. `request_denied` is an administrator's denial. */
    refusalCode: text,
    rule: z.optional(text),
    field: z.optional(text),
  }),
  "Certificate Revoked": z.object({ ...common, ...certificate, username: text, reason: text }),
  "Node Revoked": z.object({ ...common, nodeName: text, username: text, reason: text }),
  "Node Released": z.object({ ...common, nodeName: text, username: text }),
  /** A node has not replaced its certificate although it should have. Published once for each certificate. */
  "Node Overdue": z.object({
    ...common,
    ...certificate,
    signerName: text,
    notAfter: time,
    overdueSince: time,
    /** When it last renewed or confirmed. */
    lastSeenAt: z.optional(time),
    /** As its agent reported it. A kubelet reports none. */
    agentVersion: z.optional(text),
  }),
  /** How many nodes became overdue since the last check. The first hundred also get an event each. */
  "Nodes Overdue": z.object({ ...common, nodeCount: count }),
  /** A node came back with an expired certificate. `Certificate Issued` is published too. */
  "Certificate Recovered": z.object({
    ...common,
    serialNumber: text,
    /** The serial number of the expired certificate that it presented. */
    presentedSerialNumber: text,
    nodeName: text,
    username: text,
  }),
  /** Until `notAfter` the node may come back with a certificate that has expired. */
  "Node Recovery Allowed": z.object({ ...common, nodeName: text, username: text, notAfter: time }),
  /** A certificate that has a successor was used: somebody may hold a copy of the node's disk. */
  "Superseded Certificate Used": z.object({
    ...common,
    name: z.optional(text),
    serialNumber: z.optional(text),
    nodeName: text,
    username: text,
  }),
  /** A certificate that this service signed and does not have on record was used, and refused. At most once a minute a node. */
  "Unknown Certificate Used": z.object({
    ...common,
    serialNumber: text,
    nodeName: text,
    username: text,
    signerName: text,
    /** Why it was not admitted, in words. */
    reason: text,
  }),
  /** Such a certificate was put back on record, and its node gets the next one. */
  "Certificate Admitted": z.object({
    ...common,
    ...certificate,
    username: text,
    signerName: text,
    issuerId: text,
    notAfter: time,
  }),
  /** Until `notAfter` nodes come back whose certificates were issued after `issuedAfter` and are not on record. */
  "Recovery Admission Opened": z.object({ ...common, username: text, issuedAfter: time, notAfter: time }),
  "Recovery Admission Ended": z.object({ ...common, username: text }),
  "Token Created": z.object({ ...common, tokenId: text, groups: z.array(text), username: text }),
  "Token Revoked": z.object({ ...common, tokenId: text, username: text }),
  /** A CA generation was made or changed its state. */
  "Authority Changed": z.object({
    ...common,
    authorityId: text,
    /** Its new state. */
    authorityState: text,
    notAfter: time,
    /** Who asked for it. Absent when the deployment or the service itself did. */
    username: z.optional(text),
  }),
  /** A new revocation list can be fetched and imported elsewhere. */
  "Revocation List Published": z.object({
    ...common,
    authorityId: text,
    /** The first digits of the serial numbers, for one shard of the list. Absent: the whole list. */
    shard: z.optional(text),
    listNumber: count,
    revokedCertificates: count,
    nextUpdate: time,
  }),
  /** An active CA will soon cut certificates short. */
  "Authority Expires Soon": z.object({ ...common, authorityId: text, daysLeft: count, notAfter: time }),
} as const;

export type EventType = keyof typeof EVENT_DETAILS;

/** The event for each line of the audit log. A new kind of line does not compile until it has an entry. */
const EVENT_TYPES: Readonly<Record<AuditEvent["event"], EventType | undefined>> = {
  certificate_issued: "Certificate Issued",
  request_pending: "Certificate Request Pending",
  // An approval or an administrator's denial: see `eventTypeOf`.
  request_decided: "Certificate Request Approved",
  request_denied: "Certificate Request Denied",
  certificate_recovered: "Certificate Recovered",
  node_recovery_allowed: "Node Recovery Allowed",
  certificate_revoked: "Certificate Revoked",
  node_revoked: "Node Revoked",
  node_released: "Node Released",
  node_overdue: "Node Overdue",
  nodes_overdue: "Nodes Overdue",
  certificate_superseded_used: "Superseded Certificate Used",
  certificate_unknown_used: "Unknown Certificate Used",
  certificate_admitted: "Certificate Admitted",
  recovery_admission_opened: "Recovery Admission Opened",
  recovery_admission_ended: "Recovery Admission Ended",
  token_created: "Token Created",
  token_amended: undefined,
  token_revoked: "Token Revoked",
  authority_created: "Authority Changed",
  authority_prepared: "Authority Changed",
  authority_activated: "Authority Changed",
  authority_retired: "Authority Changed",
  authority_expires_soon: "Authority Expires Soon",
  revocation_list_published: "Revocation List Published",
  // Internal steps. Refusals are published as `request_denied`, where they matter.
  certificate_reserved: undefined,
  certificate_confirmed: undefined,
  request_removed: undefined,
  // The certificate that results from it is published.
  node_renewal_requested: undefined,
  request_refused: undefined,
  authority_days_left: undefined,
  revocation_list_reserved: undefined,
  // An alarm reports it to the operator, who must act.
  revocation_list_failed: undefined,
  revocation_list_filling: undefined,
  revocation_list_shortened: undefined,
  ocsp_responder_reserved: undefined,
  ocsp_responder_certified: undefined,
  revocation_unreadable: undefined,
  // Roles Anywhere itself shows what it has, and an alarm tells what it lacks.
  roles_anywhere_anchored: undefined,
  roles_anywhere_list_imported: undefined,
  roles_anywhere_failed: undefined,
  inspection_failed: undefined,
};

/** The `message` of the lines that become events: the filter of the log subscription. */
export const PUBLISHED_LINES: readonly string[] = Object.entries(EVENT_TYPES).flatMap(([message, type]) =>
  type === undefined ? [] : [message],
);

/** EventBridge's `source`. */
export const EVENT_SOURCE = "nodeseal";

export interface ServiceEvent {
  readonly type: EventType;
  readonly at: Date;
  readonly detail: Readonly<Record<string, unknown>> & { readonly id: string };
}

/** One line of a function's log, as CloudWatch Logs delivers it. */
export interface LogLine {
  readonly id: string;
  readonly at: Date;
  readonly members: Readonly<Record<string, unknown>>;
}

/**
 * The event for a line of the audit log. Undefined for lines that are not published.
 *
 * @throws z.core.$ZodError when the line lacks a member of its type: another version wrote it
 */
export function serviceEventOf({ id, at, members }: LogLine, cluster: string): ServiceEvent | undefined {
  const type = eventTypeOf(members);
  if (type === undefined) return undefined;
  const decided = members["message"] === "request_decided" ? { refusalCode: "request_denied" } : {};
  const detail = EVENT_DETAILS[type].parse({ ...members, ...decided, id, cluster });
  return { type, at, detail };
}

function eventTypeOf({ message, reason }: LogLine["members"]): EventType | undefined {
  if (message === "request_decided" && reason === "Denied") return "Certificate Request Denied";
  return typeof message === "string" && isAuditEvent(message) ? EVENT_TYPES[message] : undefined;
}

function isAuditEvent(message: string): message is AuditEvent["event"] {
  return Object.hasOwn(EVENT_TYPES, message);
}
