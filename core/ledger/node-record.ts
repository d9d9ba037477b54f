import { isComplete, KEPT_AFTER_EXPIRY_DAYS, type IssuanceRecord, type Revocation } from "./issuance-record.ts";
import { KUBELET_CLIENT_SIGNER } from "../certificate/profile.ts";
import type { SerialNumber } from "../certificate/serial-number.ts";

/** One of the two certificates a name may have at a time. */
export interface NodeSlot {
  readonly intentName: string;
  readonly serialNumber: SerialNumber;
  readonly notAfter: Date;
  /** When the function claimed the name for it. */
  readonly at: Date;
  readonly kind: "enrolment" | "renewal";
  readonly tokenId: string | undefined;
  readonly isRevoked: boolean;
}

/**
 * Who holds a name. `anchor` is the certificate known to be in the node's hands; `candidate` is in flight, or issued and
 * not yet final. Always written whole, on condition that `version` is what was read.
 */
export interface NodeRecord {
  readonly key: string;
  readonly nodeName: string;
  readonly signerName: string;
  readonly version: number;
  /** How many certificates this name has claimed. */
  readonly generation: number;
  readonly anchor: NodeSlot | undefined;
  readonly candidate: NodeSlot | undefined;
  /** Displaced intents whose own records are not yet void. */
  readonly toVoid: readonly string[];
  /** Set by an administrator: no certificate for this identity until it is released. */
  readonly revocation: Revocation | undefined;
  readonly releasedAt: Date | undefined;
  readonly lastSeenAt: Date | undefined;
  /** The last thing its agent said of itself. */
  readonly agent: AgentReport | undefined;
  /** The last certificate given to an expired one. */
  readonly lastRecovery: LastRecovery | undefined;
  /** The last time a finished certificate was put aside for another key, since nobody had confirmed it. */
  readonly lastDisplacement: LastDisplacement | undefined;
  /** An operator's override that it may recover although policy would not let it. */
  readonly recoveryAllowance: RecoveryAllowance | undefined;
  /** The last time an operator asked it to renew early; whether that is still open says `openRequest`. */
  readonly renewalRequest: RenewalRequest | undefined;
  /** The last use of a certificate that had been replaced: perhaps of a copy. */
  readonly supersededUse: SupersededUse | undefined;
  /** The last request for this name that was refused because it is revoked. */
  readonly revokedUse?: RefusedUse | undefined;
  /** The last use of a certificate that is not on record; whether that still matters says `openUnknownUse`. */
  readonly unknownUse: UnknownUse | undefined;
  /** The last certificate that was put back on record for it. */
  readonly admission: NodeAdmission | undefined;
  /** Whom its last first certificate was given to, where a platform vouched for them: renewals leave it as it is. */
  readonly principal?: string | undefined;
}

export interface LastRecovery {
  /** In a row: 0 again after a renewal in time. */
  readonly count: number;
  readonly at: Date;
  /** A retry of this intent is the same recovery. */
  readonly intentName: string;
}

export interface LastDisplacement {
  /** In a row: a day without one ends it (`displacement.ts`). */
  readonly count: number;
  readonly at: Date;
}

export interface RecoveryAllowance {
  readonly until: Date;
  /** How many are left of it. */
  readonly recoveries: number;
  /** The administrator's ARN. */
  readonly by: string;
}

export interface RenewalRequest {
  readonly at: Date;
  /** By then it should have renewed, if its agent heard of it before. */
  readonly until: Date;
  /** The administrator's ARN. */
  readonly by: string;
}

export interface RefusedUse {
  readonly at: Date;
  /** Of all uses; at most one a minute is counted (`note-use.ts`). */
  readonly count: number;
}

export interface SupersededUse extends RefusedUse {
  readonly serialNumber: SerialNumber;
}

export interface UnknownUse {
  readonly serialNumber: SerialNumber;
  /** Of all uses; at most one a minute is noted (`unknown-use.ts`). */
  readonly at: Date;
}

export interface NodeAdmission {
  readonly serialNumber: SerialNumber;
  readonly at: Date;
  /** Who opened the admission: an administrator's ARN. */
  readonly by: string;
}

/** Self-reported: good for an operator's overview of a fleet, for no decision. */
export interface AgentReport {
  readonly version: string | undefined;
  /** The sequence of the trust bundle it holds. */
  readonly trustBundleSequence: number | undefined;
}

/** In no name, and before any character of one: what a name has of several signers stands together in a sorted list. */
export const SIGNER_SEPARATOR = "#";

/** What a name has of each signer is held apart; of the kubelet's client certificate under the plain name. */
export function nodeKey(nodeName: string, signerName: string): string {
  return signerName === KUBELET_CLIENT_SIGNER ? nodeName : `${nodeName}${SIGNER_SEPARATOR}${signerName}`;
}

/** Whose record has this key. */
export function signerOfKey(key: string): string {
  const at = key.indexOf(SIGNER_SEPARATOR);
  return at === -1 ? KUBELET_CLIENT_SIGNER : key.slice(at + SIGNER_SEPARATOR.length);
}

export function unclaimedNode(nodeName: string, signerName: string): NodeRecord {
  return {
    key: nodeKey(nodeName, signerName),
    nodeName,
    signerName,
    version: 0,
    generation: 0,
    anchor: undefined,
    candidate: undefined,
    toVoid: [],
    revocation: undefined,
    releasedAt: undefined,
    lastSeenAt: undefined,
    agent: undefined,
    lastRecovery: undefined,
    lastDisplacement: undefined,
    recoveryAllowance: undefined,
    renewalRequest: undefined,
    supersededUse: undefined,
    unknownUse: undefined,
    admission: undefined,
  };
}

/** Whether a certificate was ever claimed here. Revoking a name marks it for the other signers too: nothing is held there. */
export function isHeld({ generation }: NodeRecord): boolean {
  return generation > 0;
}

/** Whether an operator sees it: something is held here, or a machine has shown a certificate that is not on record. */
export function isListed(node: NodeRecord): boolean {
  return isHeld(node) || node.unknownUse !== undefined;
}

/** After this a complete certificate is final even if nobody confirmed it. */
export const FINAL_AFTER_SECONDS = 600;
/** A claim without a certificate blocks its name this long: longer than any function runs (30 s at API Gateway). */
export const LAPSE_SECONDS = 60;

/**
 * What a node record means now: an expired, revoked or void slot is empty, and a complete candidate that is old enough
 * has become the anchor. Pure; the conditional write that follows repeats the reading by its version.
 *
 * @param record the candidate's: whether it is complete is read from there, never from a flag
 */
export function settle(node: NodeRecord, record: IssuanceRecord | undefined, now: Date): NodeRecord {
  const anchor = isLive(node.anchor, now) ? node.anchor : undefined;
  const isVoid = record?.voidedAt !== undefined || record?.revocation !== undefined;
  const candidate = isLive(node.candidate, now) && !isVoid ? node.candidate : undefined;
  if (candidate !== undefined && isComplete(record) && secondsSince(candidate.at, now) >= FINAL_AFTER_SECONDS) {
    return { ...node, anchor: candidate, candidate: undefined };
  }
  return { ...node, anchor, candidate };
}

/**
 * The same for those who ask what its latest certificate was, expired or not: `anchor` is that one. A candidate that has
 * expired is final if it was complete. When its record may be gone from the ledger it counts as complete, so that nothing
 * older than it passes for the latest.
 */
export function settleExpired(node: NodeRecord, record: IssuanceRecord | undefined, now: Date): NodeRecord {
  const anchor = node.anchor?.isRevoked === true ? undefined : node.anchor;
  const isVoid = record?.voidedAt !== undefined || record?.revocation !== undefined;
  const candidate = node.candidate?.isRevoked === true || isVoid ? undefined : node.candidate;
  if (candidate === undefined) return { ...node, anchor, candidate };
  if (now.getTime() <= candidate.notAfter.getTime()) {
    const isFinal = isComplete(record) && secondsSince(candidate.at, now) >= FINAL_AFTER_SECONDS;
    return { ...node, anchor: isFinal ? candidate : anchor, candidate: isFinal ? undefined : candidate };
  }
  const mayBeForgotten = secondsSince(candidate.notAfter, now) >= KEPT_FOR_SURE_SECONDS;
  const isLatest = isComplete(record) || (record === undefined && mayBeForgotten);
  return { ...node, anchor: isLatest ? candidate : anchor, candidate: undefined };
}

/** A slot may name an end that is a little before its record's. */
export const KEPT_FOR_SURE_SECONDS = (KEPT_AFTER_EXPIRY_DAYS - 1) * 24 * 3600;

function isLive(slot: NodeSlot | undefined, now: Date): slot is NodeSlot {
  return slot !== undefined && !slot.isRevoked && now.getTime() <= slot.notAfter.getTime();
}

/**
 * An operator's override that the certificate made at that time has not answered: compared by time, so that no writer of the
 * node has anything to clear, and the plain renewal (`node-act.ts`) stays one write. Of the same millisecond is older.
 */
export function openRequest(node: NodeRecord | undefined, madeAt: Date): RenewalRequest | undefined {
  const request = node?.renewalRequest;
  return request !== undefined && madeAt <= request.at ? request : undefined;
}

/**
 * A use of a certificate that is not on record, and that nothing has come of since: no certificate was claimed for the name.
 * Compared by time, so that no writer of the node has anything to clear.
 */
export function openUnknownUse(node: NodeRecord): UnknownUse | undefined {
  const { unknownUse: use, anchor, candidate } = node;
  return use !== undefined && [anchor, candidate].every((slot) => slot === undefined || slot.at <= use.at)
    ? use
    : undefined;
}

export function secondsSince(at: Date, now: Date): number {
  return (now.getTime() - at.getTime()) / 1000;
}
