import type { AgentReport, NodeRecord, NodeSlot } from "./node-record.ts";
import type { SerialNumber } from "../certificate/serial-number.ts";

/**
 * What may be done to a node without reading it first: the plain cases of a renewal and of a confirmation, each one write
 * on a condition. Whatever is not plain is left as it is, and judged by the rules of `name-claim.ts` from what is stored.
 * A store does exactly what these functions say; that they agree with `name-claim.ts` is tested.
 */

/** The holder of the anchor asks for its successor, and nothing else is under way. */
export interface Succession {
  readonly key: string;
  /** Of the certificate that authenticates the renewal. */
  readonly presentedSerialNumber: SerialNumber;
  /** `at` is the time of the claim. */
  readonly candidate: NodeSlot;
  readonly agent: AgentReport | undefined;
}

/** The candidate's own certificate is presented: it is in the node's hands. */
export interface Confirmation {
  readonly key: string;
  /** Undefined: whichever; the serial number is enough. */
  readonly intentName: string | undefined;
  readonly serialNumber: SerialNumber;
  readonly at: Date;
  /** Undefined: nothing is said, and what was said before stays. */
  readonly agent?: AgentReport | undefined;
}

/** The holder of the anchor says what it has beside its certificate. */
export interface Report {
  readonly key: string;
  readonly serialNumber: SerialNumber;
  readonly at: Date;
  readonly agent: AgentReport;
}

/** What came of an act. */
export interface NodeActOutcome {
  readonly isApplied: boolean;
  /** What is stored afterwards; undefined when there is no such node. */
  readonly node: NodeRecord | undefined;
}

/** The node with its new candidate; undefined when the case is not plain. */
export function succeeded(
  node: NodeRecord,
  { presentedSerialNumber, candidate, agent }: Succession,
): NodeRecord | undefined {
  const isPlain =
    isUsable(node.anchor, presentedSerialNumber, candidate.at) &&
    node.candidate === undefined &&
    node.toVoid.length === 0 &&
    node.revocation === undefined &&
    // A renewal in time ends a row of recoveries, and an operator's override for them: that is written with the rest (`inOrder`).
    (node.lastRecovery?.count ?? 0) === 0 &&
    node.recoveryAllowance === undefined;
  if (!isPlain) return undefined;
  return {
    ...node,
    version: node.version + 1,
    generation: node.generation + 1,
    candidate,
    releasedAt: undefined,
    lastSeenAt: candidate.at,
    agent: agent ?? node.agent,
  };
}

/** The node with its candidate as the anchor; undefined when the case is not plain. */
export function confirmed(
  node: NodeRecord,
  { intentName, serialNumber, at, agent }: Confirmation,
): NodeRecord | undefined {
  const { candidate } = node;
  const isPlain =
    isUsable(candidate, serialNumber, at) &&
    (intentName === undefined || candidate.intentName === intentName) &&
    node.revocation === undefined;
  if (!isPlain) return undefined;
  return {
    ...node,
    version: node.version + 1,
    anchor: candidate,
    candidate: undefined,
    lastSeenAt: at,
    agent: agent ?? node.agent,
  };
}

/** The node with what its agent says; undefined when it is not the anchor that is presented. */
export function reported(node: NodeRecord, { serialNumber, at, agent }: Report): NodeRecord | undefined {
  if (!isUsable(node.anchor, serialNumber, at) || node.revocation !== undefined) return undefined;
  return { ...node, version: node.version + 1, lastSeenAt: at, agent };
}

function isUsable(slot: NodeSlot | undefined, serialNumber: SerialNumber, now: Date): slot is NodeSlot {
  return slot?.serialNumber === serialNumber && !slot.isRevoked && now.getTime() <= slot.notAfter.getTime();
}
