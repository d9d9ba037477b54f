import { AgentError, messageOf } from "../program/agent-error.ts";
import type { Clock } from "../program/clock.ts";
import { describeSeconds } from "../output/duration.ts";
import { backOffSeconds } from "./back-off.ts";
import { isRetryable, retryAfterSecondsOf } from "./service-error.ts";

/** Somebody is watching a join; and of a herd that is turned away without advice, the last wait as long as this for nothing (`herd.100k`). */
const CAP_SECONDS = 20;

export interface Patience {
  readonly clock: Clock;
  readonly waitSeconds: number;
  /** Told of each failure that will be tried again. */
  readonly note: (line: string) => void;
}

/** A time limit over several requests, and the trying again within it. */
export class Retries {
  readonly #patience: Patience;
  readonly #deadline: number;

  constructor(patience: Patience) {
    this.#patience = patience;
    this.#deadline = patience.clock.elapsedMilliseconds() + patience.waitSeconds * 1000;
  }

  /** @returns false when that would be past the limit: then nothing was waited for */
  async wait(seconds: number): Promise<boolean> {
    const { clock } = this.#patience;
    if (clock.elapsedMilliseconds() + seconds * 1000 > this.#deadline) return false;
    await clock.sleep(seconds * 1000);
    return true;
  }

  /** Repeats what may be repeated until it succeeds. @throws the last error, once the time is up or it is final */
  async run<T>(operation: () => Promise<T>): Promise<T> {
    for (let failures = 1; ; failures++) {
      try {
        return await operation();
      } catch (error) {
        if (!isRetryable(error)) throw error;
        const seconds = backOffSeconds(failures, CAP_SECONDS, retryAfterSecondsOf(error));
        const isFirst = failures === 1;
        if (isFirst && this.#patience.waitSeconds > 0) this.#patience.note(`${messageOf(error)}; trying again`);
        if (!(await this.wait(seconds))) throw this.#giveUp(error);
      }
    }
  }

  #giveUp(error: unknown): AgentError {
    const { waitSeconds } = this.#patience;
    const askedSeconds = retryAfterSecondsOf(error);
    if (askedSeconds !== undefined) {
      const asked = `the service asks to come back in ${describeSeconds(askedSeconds)}`;
      return new AgentError(`${messageOf(error)}; ${asked}`, { cause: error });
    }
    const limit = waitSeconds > 0 ? `; gave up after ${describeSeconds(waitSeconds)} (--wait)` : "";
    return new AgentError(`${messageOf(error)}${limit}`, { cause: error });
  }
}
