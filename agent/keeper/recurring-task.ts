import type { Clock } from "../program/clock.ts";

/** One of the things `run` does again and again: when it may be tried next, and how often it has failed in a row. */
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

  /** Of the last attempt; undefined when it succeeded. */
  get error(): unknown {
    return this.#error;
  }

  get isAllowed(): boolean {
    return this.secondsLeft <= 0;
  }

  /** Measured evenly: setting the clock neither hurries nor delays it. */
  get secondsLeft(): number {
    return (this.#notBefore - this.#clock.elapsedMilliseconds()) / 1000;
  }

  succeeded(pauseSeconds = 0): void {
    this.#failures = 0;
    this.#error = undefined;
    this.#pause(pauseSeconds);
  }

  /** @param delaySeconds of the failures in a row, this one included */
  failed(error: unknown, delaySeconds: (failures: number) => number): number {
    this.#failures++;
    this.#error = error;
    const seconds = delaySeconds(this.#failures);
    this.#pause(seconds);
    return seconds;
  }

  /** Forgets the waiting, not the failures. */
  hurry(): void {
    this.#notBefore = -Infinity;
  }

  #pause(seconds: number): void {
    this.#notBefore = this.#clock.elapsedMilliseconds() + seconds * 1000;
  }
}

/** What `run` does, the most telling first: looking into the directory, taking its lock, and what needs the service. */
export type KeeperTasks = Readonly<
  Record<"reading" | "locking" | "renewal" | "confirmation" | "renewalInfo" | "hook", RecurringTask>
>;

export function keeperTasks(clock: Clock): KeeperTasks {
  const task = (): RecurringTask => new RecurringTask(clock);
  return { reading: task(), locking: task(), renewal: task(), confirmation: task(), renewalInfo: task(), hook: task() };
}
