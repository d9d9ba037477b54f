import type { IssuanceLedger } from "../ledger/issuance-ledger.ts";
import { isApprovedUnsigned, isDecidedByHand, type IssuanceRecord } from "../ledger/issuance-record.ts";
import { RefusalError, type RefusalCode } from "../refusal.ts";

/** These pass within a minute, and whoever asks comes back. */
const PASSING: ReadonlySet<RefusalCode> = new Set(["request_in_progress", "signer_busy"]);

/**
 * Notes on an approved request why it was not signed just now, for whoever approved it. One write, and none while the
 * reason is the same: its owner may ask every few seconds.
 *
 * @param record as it was read; undefined for a request that is not on record
 */
export async function noteObstacle(
  { ledger, clock }: { readonly ledger: Pick<IssuanceLedger, "noteObstacle">; readonly clock: () => Date },
  record: IssuanceRecord | undefined,
  error: unknown,
): Promise<void> {
  if (record === undefined || !(error instanceof RefusalError) || PASSING.has(error.code)) return;
  const { code, message } = error;
  if (!isApprovedUnsigned(record) || !isDecidedByHand(record) || record.obstacle?.message === message) return;
  await ledger.noteObstacle(record.name, { code, message, at: clock() });
}
