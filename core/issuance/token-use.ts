import { canNeverBeSigned, giveBackUse, useNameOfRecord } from "../claim/give-back.ts";
import type { IssuanceServices } from "../claim/issuance-services.ts";
import { useNameOf } from "../ledger/intent-name.ts";
import type { IssuanceRecord } from "../ledger/issuance-record.ts";
import { LAPSE_SECONDS, secondsSince, type NodeRecord } from "../ledger/node-record.ts";
import { RefusalError } from "../refusal.ts";
import { hasRoomFor, type TokenRecord, type WaitingUse } from "../token/token-record.ts";
import { tokenSpent, type IssuanceRequest } from "./issuance-request.ts";

/** How a request gets its use of a limited token. */
export interface UsePlan {
  readonly token: TokenRecord;
  readonly useName: string;
  readonly isCounted: boolean;
  /** An earlier request by the same token for the same name, never signed, whose use it takes over. */
  readonly replaces?: IssuanceRecord;
  /** What is kept beside the use of a request that waits. */
  readonly waiting?: WaitingUse;
}

export interface UseQuestion extends Pick<IssuanceRequest, "token" | "node" | "intentName" | "csr" | "arrivedAt"> {
  readonly countedAs?: string | undefined;
  readonly nodeName: string;
  /** The request will wait for approval. */
  readonly isPending: boolean;
}

/** From one replacement to the next. Kubelets make a new key every quarter of an hour: they never wait. */
const FIRST_PAUSE_SECONDS = 60;
const LONGEST_PAUSE_SECONDS = 600;

/**
 * Whether the token has room for a request, and whose use it takes over: reads only, and nothing while there is room. A
 * request that waits always takes over what waits for its name, so that a machine that makes a new key at each start holds
 * one use and one place on the approver's desk.
 *
 * @returns undefined where uses are not limited
 * @throws RefusalError `token_spent`; `request_in_progress` while the earlier request may be being signed; `rate_limited`
 */
export async function planUse(services: IssuanceServices, question: UseQuestion): Promise<UsePlan | undefined> {
  const { token, intentName, csr, countedAs, nodeName, isPending } = question;
  if (token?.maxUses === undefined) return undefined;
  const useName = countedAs ?? useNameOf(intentName, csr.spki);
  if (token.usedBy.has(useName)) return { token, useName, isCounted: true };
  const earlier = waitingFor(token, nodeName);
  const isSpent = !hasRoomFor(token, useName);
  const replaces =
    isSpent || (isPending && earlier !== undefined)
      ? await replaceableRequest(services, question, token, isSpent)
      : undefined;
  if (isSpent && replaces === undefined) throw tokenSpent(token.tokenId);
  const now = services.clock();
  if (replaces !== undefined && !canNeverBeSigned(replaces)) assertNotTooSoon(earlier, nodeName, now);
  const waiting = { useName, requestName: intentName, nodeName, at: now, replaced: (earlier?.replaced ?? -1) + 1 };
  return {
    ...{ token, useName, isCounted: false },
    ...(replaces === undefined ? {} : { replaces }),
    ...(isPending ? { waiting } : {}),
  };
}

/**
 * Counts the use, once. What it takes over is void first: from then on that can never be signed, so there is no moment at
 * which two keys of one use could be. A crash in between leaves less used than is allowed, never more.
 *
 * @throws RefusalError `token_spent`, `invalid_token`
 */
export async function takeUse(services: IssuanceServices, plan: UsePlan | undefined, now: Date): Promise<void> {
  if (plan === undefined || plan.isCounted) return;
  const { token, useName, replaces, waiting } = plan;
  if (replaces !== undefined) {
    const left = canNeverBeSigned(replaces) ? replaces : await services.ledger.voidUnsigned(replaces.name, now);
    // It was signed meanwhile: then it keeps its use.
    if (left !== undefined) await giveBackUse(services.tokens, left, outdated(token, replaces));
  }
  const outcome = await services.tokens.consume(token.tokenId, useName, now, waiting);
  if (outcome === "spent") throw tokenSpent(token.tokenId);
  if (outcome === "unusable") throw new RefusalError("invalid_token", "the bootstrap token is not valid");
}

/** The latest that is still counted: stores keep them in no order. */
function waitingFor({ waiting = [], usedBy }: TokenRecord, nodeName: string): WaitingUse | undefined {
  const counted = waiting.filter((use) => use.nodeName === nodeName && usedBy.has(use.useName));
  return counted.toSorted((one, other) => one.at.getTime() - other.at.getTime()).at(-1);
}

/** Of the request that is replaced, and of uses that were given back without them. */
function outdated({ waiting = [], usedBy }: TokenRecord, replaced: IssuanceRecord): readonly WaitingUse[] {
  return waiting.filter(({ requestName, useName }) => requestName === replaced.name || !usedBy.has(useName));
}

async function replaceableRequest(
  { ledger, clock }: IssuanceServices,
  { node, nodeName, intentName, arrivedAt }: UseQuestion,
  token: TokenRecord,
  isSpent: boolean,
): Promise<IssuanceRecord | undefined> {
  const ofName = (token.waiting ?? []).filter((use) => use.nodeName === nodeName).map((use) => use.requestName);
  const claimed = node?.candidate?.tokenId === token.tokenId ? [node.candidate.intentName] : [];
  const names = [...ofName, ...claimed].filter((name) => name !== intentName);
  if (names.length === 0) return undefined;
  const now = clock();
  let isUnderWay = false;
  for (const record of (await ledger.readMany(names)).values()) {
    const useName = record.tokenId === token.tokenId ? useNameOfRecord(record) : undefined;
    if (useName === undefined || !token.usedBy.has(useName)) continue;
    if (canNeverBeSigned(record)) return record;
    // A late copy of an old request must not replace what was asked for after it was sent.
    if (record.createdAt.getTime() >= arrivedAt.getTime()) continue;
    const chance = chanceOfSignature(record, node, now);
    if (chance === "none") return record;
    isUnderWay ||= chance === "under way";
  }
  if (isSpent && isUnderWay) {
    throw new RefusalError("request_in_progress", `another request for the name ${nodeName} is under way`, {
      retryAfterSeconds: LAPSE_SECONDS,
    });
  }
  return undefined;
}

/**
 * Whether a request may have been signed, or be about to be. One that a slot of its name knows better than its own record
 * comes from a ledger that was restored: it keeps its use.
 */
function chanceOfSignature(
  record: IssuanceRecord,
  node: NodeRecord | undefined,
  now: Date,
): "none" | "under way" | "signed" {
  if (record.completion !== undefined || node?.anchor?.intentName === record.name) return "signed";
  const isClaimed = node?.candidate?.intentName === record.name;
  const at = isClaimed ? node.candidate.at : record.reservation?.at;
  if (at !== undefined && secondsSince(at, now) < LAPSE_SECONDS) return "under way";
  return isClaimed && record.reservation === undefined ? "signed" : "none";
}

function assertNotTooSoon(earlier: WaitingUse | undefined, nodeName: string, now: Date): void {
  if (earlier === undefined || earlier.replaced === 0) return;
  const pauseSeconds = Math.min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (earlier.replaced - 1));
  const waitSeconds = pauseSeconds - secondsSince(earlier.at, now);
  if (waitSeconds <= 0) return;
  throw new RefusalError("rate_limited", `the waiting request for the name ${nodeName} was replaced a moment ago`, {
    retryAfterSeconds: Math.ceil(waitSeconds),
  });
}
