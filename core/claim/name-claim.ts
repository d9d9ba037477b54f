import { isComplete, type IssuanceRecord } from "../ledger/issuance-record.ts";
import {
  LAPSE_SECONDS,
  secondsSince,
  settle,
  settleExpired,
  type AgentReport,
  type NodeRecord,
  type NodeSlot,
} from "../ledger/node-record.ts";
import { judgeDisplacement } from "./displacement.ts";
import { inOrder, judgeRecovery, type RecoveryQuestion } from "./recovery.ts";
import type { SerialNumber } from "../certificate/serial-number.ts";

/** A request for a name, with all that decides whether it may have it. */
export interface NameClaim {
  readonly intentName: string;
  readonly serialNumber: SerialNumber;
  readonly notAfter: Date;
  readonly kind: "enrolment" | "renewal";
  readonly tokenId: string | undefined;
  /** The certificate that authenticates a renewal. */
  readonly presentedSerialNumber: SerialNumber | undefined;
  /** When the request reached the front door. */
  readonly arrivedAt: Date;
  /** The operator's override that a live holder may be displaced. */
  readonly mayReplace: boolean;
  readonly agent?: AgentReport | undefined;
  /** Of a renewal whose certificate has expired. */
  readonly recovery?: RecoveryQuestion | undefined;
  /** Who asks for a first certificate, where a platform vouches for them. */
  readonly principal?: string | undefined;
}

export type ClaimOutcome =
  /** Write `node` on condition that it is unchanged since read. */
  | { readonly outcome: "claim"; readonly node: NodeRecord }
  /** The name is this intent's already: nothing to write. */
  | { readonly outcome: "held"; readonly node: NodeRecord }
  | { readonly outcome: "busy"; readonly retryAfterSeconds: number }
  /** Once more, but not yet. */
  | { readonly outcome: "early"; readonly after: "recovery" | "displacement"; readonly retryAfterSeconds: number }
  | { readonly outcome: "expired"; readonly why: string }
  | { readonly outcome: "taken" | "superseded" | "revoked" };

/** A claim younger than this still covers the longest attempt that starts now, so a retry need not write it again. */
const FRESH_SECONDS = 20;

/**
 * May this intent have the name? The rules of docs/architecture.md ("Who may have a name"), pure: the caller writes the
 * result on condition that the node is unchanged, and asks again if it is not.
 *
 * @param record the candidate's issuance record, if there is a candidate
 */
export function claimName(
  stored: NodeRecord,
  record: IssuanceRecord | undefined,
  claim: NameClaim,
  now: Date,
): ClaimOutcome {
  const result = judge(stored, record, claim, now);
  if (result.outcome !== "claim" || result.node.anchor !== undefined) return result;
  // An expired anchor is in nobody's way, but until somebody else has a certificate for the name it may recover.
  // An intent that still asks has no certificate: its own expired claim is nobody's latest.
  const isOwn = stored.candidate?.intentName === claim.intentName;
  const others = isOwn ? { ...stored, candidate: undefined } : stored;
  return { ...result, node: { ...result.node, anchor: settleExpired(others, record, now).anchor } };
}

function judge(stored: NodeRecord, record: IssuanceRecord | undefined, claim: NameClaim, now: Date): ClaimOutcome {
  if (stored.revocation !== undefined || isRevoked(stored, claim.presentedSerialNumber)) return { outcome: "revoked" };
  const node = settle(stored, record, now);
  if (node.anchor?.intentName === claim.intentName) return { outcome: "held", node };
  const { candidate } = node;
  if (candidate?.intentName === claim.intentName) {
    const isFresh = secondsSince(candidate.at, now) < FRESH_SECONDS || isComplete(record);
    return isFresh
      ? { outcome: "held", node: stored }
      : take({ ...node, candidate: undefined }, claim, now, candidate.serialNumber);
  }
  if (candidate !== undefined && !isComplete(record) && secondsSince(candidate.at, now) < LAPSE_SECONDS) {
    return {
      outcome: "busy",
      retryAfterSeconds: Math.max(1, Math.ceil(LAPSE_SECONDS - secondsSince(candidate.at, now))),
    };
  }
  if (claim.kind === "enrolment") return claimByEnrolment(node, record, claim, now);
  return claim.recovery === undefined
    ? claimByRenewal(node, record, claim, now)
    : claimByRecovery(settleExpired(stored, record, now), record, claim, claim.recovery, now);
}

function isRevoked({ anchor, candidate }: NodeRecord, serialNumber: SerialNumber | undefined): boolean {
  return [anchor, candidate].some((slot) => slot?.isRevoked === true && slot.serialNumber === serialNumber);
}

function claimByRenewal(
  node: NodeRecord,
  record: IssuanceRecord | undefined,
  claim: NameClaim,
  now: Date,
): ClaimOutcome {
  const { anchor, candidate } = node;
  if (candidate !== undefined && isComplete(record) && candidate.serialNumber === claim.presentedSerialNumber) {
    // Using a certificate confirms it.
    return take(inOrder({ ...node, anchor: candidate, candidate: undefined }), claim, now);
  }
  if (anchor === undefined || anchor.serialNumber !== claim.presentedSerialNumber) return { outcome: "superseded" };
  if (candidate !== undefined && isComplete(record) && !isOwnLostRenewal(candidate, record, claim))
    return { outcome: "superseded" };
  return takeFrom(inOrder(node), record, claim, now);
}

/**
 * The latest certificate, expired. What claimed the name by token since then and has a certificate is its holder now; a
 * candidate of an earlier recovery gives way as one of a renewal does.
 *
 * @param node settled with expired slots in place
 */
function claimByRecovery(
  node: NodeRecord,
  record: IssuanceRecord | undefined,
  claim: NameClaim,
  question: RecoveryQuestion,
  now: Date,
): ClaimOutcome {
  const { anchor, candidate } = node;
  if (anchor === undefined || anchor.serialNumber !== claim.presentedSerialNumber) return { outcome: "superseded" };
  if (candidate !== undefined && isComplete(record) && !isOwnLostRenewal(candidate, record, claim))
    return { outcome: "superseded" };
  const judged = judgeRecovery(node, question, claim.intentName, now);
  if (judged.outcome === "early") return { ...judged, after: "recovery" };
  // Recoveries have a pause of their own.
  return judged.outcome === "recover" ? take(displace(judged.node, candidate), claim, now) : judged;
}

function claimByEnrolment(
  node: NodeRecord,
  record: IssuanceRecord | undefined,
  claim: NameClaim,
  now: Date,
): ClaimOutcome {
  const { anchor, candidate } = node;
  if (anchor !== undefined && !claim.mayReplace) return { outcome: "taken" };
  if (candidate === undefined) return take(node, claim, now);
  const hasLapsed = !isComplete(record);
  // The mercy for a client that lost the answer, and its key with it: the same token or principal, and a request made
  // after the fact.
  // An administrator, who has no token, says by an override that a name is to be taken.
  const isOwn =
    (claim.tokenId !== undefined && candidate.tokenId === claim.tokenId) ||
    (claim.principal !== undefined && node.principal === claim.principal);
  const isMercy = isOwn && candidate.kind === "enrolment" && isOlderThanArrival(record, claim);
  return hasLapsed || isMercy || claim.mayReplace ? takeFrom(node, record, claim, now) : { outcome: "taken" };
}

/** Takes the name, and puts aside whoever is in the slot. A finished certificate is put aside so many times and no more. */
function takeFrom(node: NodeRecord, record: IssuanceRecord | undefined, claim: NameClaim, now: Date): ClaimOutcome {
  const { candidate } = node;
  if (candidate === undefined || !isComplete(record)) return take(displace(node, candidate), claim, now);
  const judged = judgeDisplacement(node, now);
  if (judged.outcome === "early") return { ...judged, after: "displacement" };
  return take(displace(judged.node, candidate), claim, now);
}

/**
 * The mercy for a node that lost the answer, and its key with it. A complete enrolment is none of its own: beside a holder
 * only an operator's override lets one be (a token that may replace), and that is not for the old node to take back.
 */
function isOwnLostRenewal({ kind }: NodeSlot, record: IssuanceRecord | undefined, claim: NameClaim): boolean {
  return kind === "renewal" && isOlderThanArrival(record, claim);
}

/** A late copy of an old request must not displace what was issued after it was sent. */
function isOlderThanArrival(record: IssuanceRecord | undefined, { arrivedAt }: NameClaim): boolean {
  return record?.completion !== undefined && record.completion.at.getTime() < arrivedAt.getTime();
}

function displace(node: NodeRecord, candidate: NodeSlot | undefined): NodeRecord {
  if (candidate === undefined) return node;
  return { ...node, candidate: undefined, toVoid: [...node.toVoid, candidate.intentName] };
}

function take(node: NodeRecord, claim: NameClaim, now: Date, serialNumber = claim.serialNumber): ClaimOutcome {
  const candidate: NodeSlot = {
    intentName: claim.intentName,
    serialNumber,
    notAfter: claim.notAfter,
    at: now,
    kind: claim.kind,
    tokenId: claim.tokenId,
    isRevoked: false,
  };
  const generation = serialNumber === claim.serialNumber ? node.generation + 1 : node.generation;
  // Put aside earlier by somebody who did not get to void it, or by a release: who has the name again is void no longer.
  const toVoid = node.toVoid.filter((name) => name !== claim.intentName);
  return {
    outcome: "claim",
    node: {
      ...node,
      candidate,
      generation,
      toVoid,
      releasedAt: undefined,
      lastSeenAt: now,
      agent: claim.agent ?? node.agent,
      // Whose the name is: of whoever enrolled last. A renewal leaves it.
      ...(claim.kind === "enrolment" ? { principal: claim.principal } : {}),
    },
  };
}
