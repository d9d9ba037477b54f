import type { Clock } from "../../../agent/program/clock.ts";

/** Time passes only by sleeping. */
export class VirtualClock implements Clock {
  readonly slept: number[] = [];
  readonly #appointments: { at: number; act: () => void }[] = [];
  #elapsed = 0;
  #start: number;

  constructor(start: Date) {
    this.#start = start.getTime();
  }

  now(): Date {
    return new Date(this.#start + this.#elapsed);
  }

  elapsedMilliseconds(): number {
    return this.#elapsed;
  }

  async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    // Beyond microtasks: a test that never stops its agent can then still be interrupted.
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.slept.push(milliseconds);
    const until = this.#elapsed + milliseconds;
    for (;;) {
      if (signal?.aborted === true) return;
      const [next] = this.#appointments;
      if (next === undefined || next.at > until) break;
      this.#appointments.shift();
      this.#elapsed = Math.max(this.#elapsed, next.at);
      next.act();
    }
    this.#elapsed = until;
  }

  /** Something that happens while the agent sleeps. */
  after(seconds: number, act: () => void): void {
    this.#appointments.push({ at: this.#elapsed + seconds * 1000, act });
    this.#appointments.sort((one, other) => one.at - other.at);
  }

  advance(seconds: number): void {
    this.#elapsed += seconds * 1000;
  }

  /** Somebody sets the time of day. */
  set(bySeconds: number): void {
    this.#start += bySeconds * 1000;
  }
}
