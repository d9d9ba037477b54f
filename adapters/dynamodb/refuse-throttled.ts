import { RefusalError } from "../../core/refusal.ts";
import { isUnavailable } from "../service-failure.ts";

const NAMES: ReadonlySet<string> = new Set([
  "InternalServerError",
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
  "ServiceUnavailable",
  "ThrottlingException",
]);

/** On-demand tables split a hot partition or grow within minutes; callers come back with jitter. */
const RETRY_AFTER_SECONDS = 5;

/**
 * Waits for an answer of DynamoDB. The write may have been made even so: every write here can be made again.
 *
 * @throws RefusalError `rate_limited` when the tables cannot keep up, or DynamoDB is not to be had; others as they are
 */
export async function refuseThrottled<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!isUnavailable(error, NAMES)) throw error;
    throw busy(error);
  }
}

export function busy(cause?: unknown): RefusalError {
  return new RefusalError("rate_limited", "the service is busy; try again later", {
    retryAfterSeconds: RETRY_AFTER_SECONDS,
    cause,
  });
}
