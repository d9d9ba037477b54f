import { setTimeout as sleepFor } from "node:timers/promises";

/** The agent's only view of time, so that thirty days can pass in a test within a second. */
export interface Clock {
  now(): Date;
  /** Monotonic: not affected when the time of day is set. Time limits are measured by it. */
  elapsedMilliseconds(): number;
  /** Ends early, without an error, when the signal is aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** setTimeout fires at once for more than 2^31 - 1 ms. */
const LONGEST_TIMER_MILLISECONDS = 2 ** 31 - 1;

export const SYSTEM_CLOCK: Clock = {
  now: () => new Date(),
  elapsedMilliseconds: () => performance.now(),
  async sleep(milliseconds, signal) {
    try {
      await sleepFor(Math.min(milliseconds, LONGEST_TIMER_MILLISECONDS), undefined, signal ? { signal } : {});
    } catch (error) {
      if (signal?.aborted !== true) throw error;
    }
  },
};
