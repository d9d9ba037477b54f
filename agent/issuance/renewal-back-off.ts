import { backOffSeconds } from "../service/back-off.ts";
import { isRefusal, refusalCodeOf, retryAfterSecondsOf } from "../service/service-error.ts";
import { PendingRenewalError } from "./renewal.ts";

/** The longest pause, so that everyone is back soon after an outage, however long it was. */
const LONGEST_PAUSE_SECONDS = 300;
const SHORTEST_CAP_SECONDS = 30;
/** A refusal changes only when an operator acts. Each attempt with a superseded certificate raises an alarm. */
const REFUSAL_CAP_SECONDS = 3600;
const REFUSAL_HEAD_START = 5;
/** An operator who lets an expired node recover waits for it to come back. */
const EXPIRED_CAP_SECONDS = 900;
/** The largest share of the remaining time that the service may ask to wait at once. */
const LARGEST_SHARE = 0.5;

/**
 * How long `run` waits after a failure.
 *
 * @param failures in a row, from 1
 * @param remainingSeconds until the certificate expires; less than 0 when it has
 */
export function pauseSecondsAfter(error: unknown, failures: number, remainingSeconds: number): number {
  if (isRefusal(error)) {
    const cap = refusalCodeOf(error) === "certificate_expired" ? EXPIRED_CAP_SECONDS : REFUSAL_CAP_SECONDS;
    return backOffSeconds(failures + REFUSAL_HEAD_START, cap, undefined);
  }
  // A short-lived certificate has no time for long pauses.
  const cap =
    remainingSeconds < 0
      ? LONGEST_PAUSE_SECONDS
      : Math.min(LONGEST_PAUSE_SECONDS, Math.max(SHORTEST_CAP_SECONDS, remainingSeconds / 10));
  const asked = error instanceof PendingRenewalError ? error.retryAfterSeconds : retryAfterSecondsOf(error);
  const bound =
    remainingSeconds < 0 ? REFUSAL_CAP_SECONDS : Math.max(SHORTEST_CAP_SECONDS, remainingSeconds * LARGEST_SHARE);
  return backOffSeconds(failures, cap, asked === undefined ? undefined : Math.min(asked, bound));
}
