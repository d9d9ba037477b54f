import { RefusalError } from "../refusal.ts";
import { placeOf } from "../renewal/window.ts";

/** Who is sent away. */
export interface Caller {
  /** Whatever is the same each time it comes: places the whole fleet differently. */
  readonly key: string;
  /** Until the certificate it holds expires; undefined when it holds none. */
  readonly remainingSeconds: number | undefined;
}

/** For those who have no certificate, or hardly one: the quota of KMS is counted by the second. */
const SHORTEST_PAUSE_SECONDS = 4;
const LONGEST_PAUSE_SECONDS = 900;
/** A sixtieth of the time that is left may go by for each refusal. */
const PAUSE_SHARE = 1 / 60;

/**
 * How long somebody is sent away when the signer or the tables are busy: first and longest those who have most time left, so
 * that what can be signed goes to machines that cannot do without. From half to one and a half of that, by the caller's own
 * place, so that those who were sent away together do not come back together.
 */
export function busyPauseSeconds({ key, remainingSeconds = 0 }: Caller): number {
  const pause = Math.max(SHORTEST_PAUSE_SECONDS, Math.min(remainingSeconds * PAUSE_SHARE, LONGEST_PAUSE_SECONDS));
  return Math.round(pause * (0.5 + placeOf(key)));
}

/** Runs an act, and grades the pause of those who are refused because something is busy. */
export async function gradingPauses<T>(caller: Caller, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof RefusalError) || (error.code !== "signer_busy" && error.code !== "rate_limited"))
      throw error;
    const { code, message, cause } = error;
    // Who is told a time for a reason of its own (`recovery.ts`) does not come before that.
    const retryAfterSeconds = Math.max(busyPauseSeconds(caller), error.retryAfterSeconds ?? 0);
    throw new RefusalError(code, message, { retryAfterSeconds, cause });
  }
}
