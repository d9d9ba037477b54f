import type { Clock } from "../program/clock.ts";

/** One of the tasks that `run` repeats: when the next attempt may be, and how often it has failed in a row. */
export class RecurringTask {
  readonly #clock: Clock;
  #failures = 0;
  #notBefore = -Infinity;
  #error: unknown;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get failures(): number {
    return this.#failures;
  }

  /** The error of the last attempt. Undefined when it succeeded. */
  get error(): unknown {
    return this.#error;
  }

  get isAllowed(): boolean {
    return this.secondsLeft <= 0;
  }

  /** Measured on the monotonic clock: setting the time of day changes nothing. */
  get secondsLeft(): number {
    return (this.#notBefore - this.#clock.elapsedMilliseconds()) / 1000;
  }

  succeeded(pauseSeconds = 0): void {
    this.#failures = 0;
    this.#error = undefined;
    this.#pause(pauseSeconds);
  }

  /** @param delaySeconds by the failures in a row, this one included */
  failed(error: unknown, delaySeconds: (failures: number) => number): number {
    this.#failures++;
    this.#error = error;
    const seconds = delaySeconds(this.#failures);
    this.#pause(seconds);
    return seconds;
  }

  /** Ends the waiting, but keeps the count of failures. */
  hurry(): void {
    this.#notBefore = -Infinity;
  }

  #pause(seconds: number): void {
    this.#notBefore = this.#clock.elapsedMilliseconds() + seconds * 1000;
  }
}

/**
 * The tasks of `run`, the most informative failure first: reading the directory, taking its lock, and those that need
 * the service.
 */
export type KeeperTasks = Readonly<
  Record<"reading" | "locking" | "renewal" | "confirmation" | "renewalInfo" | "hook", RecurringTask>
>;

export function keeperTasks(clock: Clock): KeeperTasks {
  const task = (): RecurringTask => new RecurringTask(clock);
  return { reading: task(), locking: task(), renewal: task(), confirmation: task(), renewalInfo: task(), hook: task() };
}
