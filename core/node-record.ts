import { isComplete, type IssuanceRecord, type Revocation } from "./issuance-record.ts";
import { KUBELET_CLIENT_SIGNER } from "./profile.ts";
import type { SerialNumber } from "./serial-number.ts";

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
}

/** Self-reported: good for an operator's overview of a fleet, for no decision. */
export interface AgentReport {
  readonly version: string | undefined;
  /** The sequence of the trust bundle it holds. */
  readonly trustBundleSequence: number | undefined;
}

/** A node's client and serving certificates are held apart; the client's has the plain name. `#` is in no node name. */
export function nodeKey(nodeName: string, signerName: string): string {
  return signerName === KUBELET_CLIENT_SIGNER ? nodeName : `${nodeName}#${signerName}`;
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
  };
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

function isLive(slot: NodeSlot | undefined, now: Date): slot is NodeSlot {
  return slot !== undefined && !slot.isRevoked && now.getTime() <= slot.notAfter.getTime();
}

export function secondsSince(at: Date, now: Date): number {
  return (now.getTime() - at.getTime()) / 1000;
}
