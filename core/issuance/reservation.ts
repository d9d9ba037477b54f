import { giveBackUse } from "../claim/give-back.ts";
import { finishClaim, persistClaim, succeedOrPersist, withdrawClaim } from "../claim/persist-claim.ts";
import { intendedRecord } from "./intended-record.ts";
import { answerFromRecord, requestVoided, type IssuanceAnswer } from "./issuance-answer.ts";
import { assertInTime, type Attempt } from "../claim/issuance-attempt.ts";
import type { IssuanceRecord, Reservation } from "../ledger/issuance-record.ts";
import type { IssuanceServices } from "../claim/issuance-services.ts";
import { assertNoRival } from "./rival-names.ts";
import { evaluateClaim, nodeAsRead } from "../claim/evaluate-claim.ts";
import type { NodeRecord } from "../ledger/node-record.ts";
import { RefusalError } from "../refusal.ts";
import { takeUse } from "./token-use.ts";

/**
 * Writes the intent, the token's use and the claim on the name: three single-item conditional writes in parallel, each
 * idempotent by the intent's name, so that a crash between them leaves nothing a retry cannot finish. Then voids what the
 * claim displaced. All must have held in this very attempt before anything is signed.
 *
 * @returns the stored record: its TBSCertificate is the one to sign, which an earlier attempt may have built
 */
export async function reserve(services: IssuanceServices, attempt: Attempt): Promise<IssuanceRecord> {
  const record = intendedRecord(services, attempt);
  const { reservation } = record;
  const hold = await holder(services, attempt, reservation);
  const storing = services.ledger.reserve(record);
  const consuming = takeUse(services, attempt.use, attempt.startedAt);
  const others = async (): Promise<IssuanceAnswer | undefined> => {
    await consuming;
    return answerFromRecord(await storing, attempt.directory, attempt.startedAt);
  };
  // All three are waited for even when one fails: in Lambda a promise left behind resumes in somebody else's request.
  const [stored, consumed, claimed] = await Promise.allSettled([storing, consuming, hold(others)]);
  if (consumed.status === "rejected") {
    if (claimed.status === "fulfilled" && isSpent(consumed.reason))
      await withdrawClaim(services, attempt, claimed.value);
    throw consumed.reason;
  }
  if (claimed.status === "rejected") {
    if (isLost(claimed.reason)) await takeBack(services, attempt);
    throw claimed.reason;
  }
  if (stored.status === "rejected") throw stored.reason;
  // Void or denied since it was read: what was counted for it just now is counted for nothing.
  if (attempt.use !== undefined) await giveBackUse(services.tokens, stored.value);
  const answered = answerFromRecord(stored.value, attempt.directory, attempt.startedAt);
  if (answered !== undefined) return answered.record;
  if (stored.value.reservation === undefined) throw requestVoided("it could not be reserved");
  if (claimed.value === undefined) throw new Error(`nothing was claimed for ${attempt.intentName}`);
  await countAttempt(services, stored.value.reservation, reservation, attempt);
  await finishClaim(services, attempt, claimed.value, stored.value.reservation);
  assertInTime(services, attempt);
  return stored.value;
}

type Hold = (others: () => Promise<IssuanceAnswer | undefined>) => Promise<NodeRecord | undefined>;

/** How the name is claimed: judged by what was read, before anything is written; or at once where nothing was read. */
async function holder(services: IssuanceServices, attempt: Attempt, reservation: Reservation): Promise<Hold> {
  if (attempt.isUnread === true) return (others) => succeedOrPersist(services, attempt, reservation, others);
  await assertNoRival(services, attempt);
  const judged = await evaluateClaim(services, attempt, reservation, nodeAsRead(attempt));
  return (others) => persistClaim(services, attempt, reservation, judged, others);
}

/**
 * Whether the name can be claimed, by what was read: nothing is written.
 *
 * @throws RefusalError as `reserve` would
 */
export async function assertClaimable(services: IssuanceServices, attempt: Attempt): Promise<void> {
  const { reservation } = intendedRecord(services, attempt);
  await assertNoRival(services, attempt);
  await evaluateClaim(services, attempt, reservation, nodeAsRead(attempt));
}

function isSpent(reason: unknown): boolean {
  return reason instanceof RefusalError && reason.code === "token_spent";
}

/** Refusals of a name that time does not mend. */
function isLost(reason: unknown): boolean {
  return reason instanceof RefusalError && (reason.code === "node_name_taken" || reason.code === "certificate_revoked");
}

/**
 * The name went to another key after it was read to be free: this intent is void, and its token has its use back. A crash
 * before leaves a use that stays counted for this key.
 */
async function takeBack({ ledger, tokens, clock }: IssuanceServices, { use, intentName }: Attempt): Promise<void> {
  if (use === undefined) return;
  const left = await ledger.voidUnsigned(intentName, clock());
  if (left !== undefined) await giveBackUse(tokens, left);
}

/** An earlier attempt reserved first: its TBSCertificate is signed again, and the record says so. */
async function countAttempt(
  services: IssuanceServices,
  stored: Reservation,
  own: Reservation,
  { record, intentName }: Attempt,
): Promise<void> {
  const isOwn = stored.serialNumber === own.serialNumber && record?.reservation === undefined;
  if (!isOwn) await services.ledger.countAttempt(intentName, services.clock());
}
