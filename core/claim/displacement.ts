import { secondsSince, type NodeRecord } from "../ledger/node-record.ts";

export type DisplacementJudgement =
  /** `node` has it counted. */
  | { readonly outcome: "displace"; readonly node: NodeRecord }
  | { readonly outcome: "early"; readonly retryAfterSeconds: number };

const FIRST_PAUSE_SECONDS = 60;
/** Well under the ten minutes after which a candidate is final: who loses answer and key a few times is not stranded. */
const LONGEST_PAUSE_IN_A_ROW_SECONDS = 240;
/** No honest node loses so many answers, and its key with each. From then on it is one an hour. */
const MOST_IN_A_ROW = 11;
const PAUSE_AFTER_ROW_SECONDS = 3600;
const ROW_ENDS_AFTER_SECONDS = 24 * 3600;

/**
 * May a finished certificate that nobody confirmed be put aside once more? Each one that is stays on the revocation list
 * until it expires, so their number is limited: 11 in an hour at most, and 35 in a day. The first one never waits.
 *
 * The count belongs to the name, not to its certificate, and only time ends it: a confirmation costs its sender nothing, so
 * it must not buy the next row.
 */
export function judgeDisplacement(node: NodeRecord, now: Date): DisplacementJudgement {
  const { lastDisplacement: last } = node;
  const quietSeconds = last === undefined ? Infinity : secondsSince(last.at, now);
  const count = last === undefined || quietSeconds >= ROW_ENDS_AFTER_SECONDS ? 0 : last.count;
  const waitSeconds = pauseSeconds(count) - quietSeconds;
  if (waitSeconds > 0) return { outcome: "early", retryAfterSeconds: Math.ceil(waitSeconds) };
  return { outcome: "displace", node: { ...node, lastDisplacement: { count: count + 1, at: now } } };
}

function pauseSeconds(count: number): number {
  if (count === 0) return 0;
  if (count >= MOST_IN_A_ROW) return PAUSE_AFTER_ROW_SECONDS;
  return Math.min(LONGEST_PAUSE_IN_A_ROW_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (count - 1));
}
