import type { Clock } from "../program/clock.ts";

/** The signals to a waiting process: check now, or stop. */
export class RunSignals {
  #isStopped = false;
  #isCheckWanted = false;
  #waking: AbortController | undefined;

  get isStopped(): boolean {
    return this.#isStopped;
  }

  stop(): void {
    this.#isStopped = true;
    this.#waking?.abort();
  }

  checkNow(): void {
    this.#isCheckWanted = true;
    this.#waking?.abort();
  }

  /** Sleeps until the time is up or a signal comes. @returns whether a check was asked for */
  async sleep(clock: Clock, milliseconds: number): Promise<boolean> {
    if (!this.#isStopped && !this.#isCheckWanted) {
      this.#waking = new AbortController();
      await clock.sleep(milliseconds, this.#waking.signal);
      this.#waking = undefined;
    }
    const wasCheckWanted = this.#isCheckWanted;
    this.#isCheckWanted = false;
    return wasCheckWanted;
  }
}
