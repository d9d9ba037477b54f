import { secondsSince, type NodeRecord } from "../ledger/node-record.ts";

/** What a policy rule says of certificates that have expired. */
export interface RecoveryLimits {
  /** For so long after its end a node's latest certificate may still ask for the next; 0: only by the operator's override. */
  readonly recoverySeconds: number;
  /** How often in a row, that is, without a renewal in time between; 0: never, whatever an operator says. */
  readonly recoveries: number;
}

/** An expired certificate asks, and by these limits it is judged. */
export interface RecoveryQuestion extends RecoveryLimits {
  readonly expiredAt: Date;
}

export type RecoveryJudgement =
  /** `node` has it counted. */
  | { readonly outcome: "recover"; readonly node: NodeRecord }
  | { readonly outcome: "expired"; readonly why: string }
  | { readonly outcome: "early"; readonly retryAfterSeconds: number };

/** From one recovery to the next: a node that keeps its key needs none, for a retry of the same request is the same recovery. */
const FIRST_PAUSE_SECONDS = 60;
const LONGEST_PAUSE_SECONDS = 3600;

/**
 * May the node's latest certificate, expired, ask for the next one? Only the limits are judged here; that it is the
 * latest, and neither revoked nor released, is for the claim on the name, which counts it in the same conditional write.
 *
 * @param intentName of the request; a retry of it finds its own claim and is not judged again
 */
export function judgeRecovery(
  node: NodeRecord,
  { expiredAt, recoverySeconds, recoveries }: RecoveryQuestion,
  intentName: string,
  now: Date,
): RecoveryJudgement {
  const { recoveryAllowance: allowance, lastRecovery } = node;
  if (recoveries === 0) return { outcome: "expired", why: "policy lets no such certificate recover" };
  const count = lastRecovery?.count ?? 0;
  const isAllowed = allowance !== undefined && now.getTime() <= allowance.until.getTime();
  if (!isAllowed) {
    const why = whyNot({ expiredAt, recoverySeconds, recoveries }, count, now);
    if (why !== undefined) return { outcome: "expired", why };
  }
  if (lastRecovery !== undefined && count > 0) {
    const waitSeconds = pauseSeconds(count) - secondsSince(lastRecovery.at, now);
    if (waitSeconds > 0) return { outcome: "early", retryAfterSeconds: Math.ceil(waitSeconds) };
  }
  const left = isAllowed ? allowance.recoveries - 1 : 0;
  return {
    outcome: "recover",
    node: {
      ...node,
      lastRecovery: { count: count + 1, at: now, intentName },
      recoveryAllowance: isAllowed && left > 0 ? { ...allowance, recoveries: left } : undefined,
    },
  };
}

function whyNot(
  { expiredAt, recoverySeconds, recoveries }: RecoveryQuestion,
  count: number,
  now: Date,
): string | undefined {
  if (recoverySeconds === 0) return "policy lets it recover by an operator's override only";
  const closedAt = new Date(expiredAt.getTime() + recoverySeconds * 1000);
  if (now.getTime() > closedAt.getTime()) return `it could recover until ${closedAt.toISOString()}`;
  if (count >= recoveries) return `it has recovered ${count} times in a row, and policy allows ${recoveries}`;
  return undefined;
}

/** Doubled with each one in a row. */
function pauseSeconds(count: number): number {
  return Math.min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (count - 1));
}

/** A renewal in time: the node is in order, so the count begins anew, and an operator's override for it has done its work. */
export function inOrder(node: NodeRecord): NodeRecord {
  const { lastRecovery } = node;
  return {
    ...node,
    lastRecovery: lastRecovery === undefined ? undefined : { ...lastRecovery, count: 0 },
    recoveryAllowance: undefined,
  };
}
