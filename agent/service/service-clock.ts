import type { Clock } from "../program/clock.ts";
import type { ClockOffset } from "../directory/agent-state.ts";

/** `Date` has whole seconds, and the answer took a moment: less than this may be no offset at all. */
const NOISE_SECONDS = 5;
/** From here on proofs and schedules would suffer, so it is worth a line to somebody. */
export const WORRYING_OFFSET_SECONDS = 60;

/** A clock that was set, or a machine that slept: what was known of the offset is not known any more. */
const JUMP_SECONDS = 30;

/** The time as the service has it, learned from its answers: certificates and proofs are judged by that clock. */
export class ServiceClock {
  readonly #clock: Clock;
  #offset: ClockOffset | undefined;
  #seenAtElapsed = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Undefined until the service has been heard, and again after our clock was set. */
  get offset(): ClockOffset | undefined {
    if (this.#offset === undefined) return undefined;
    const passed = this.#clock.now().getTime() - this.#offset.seenAt.getTime();
    const elapsed = this.#clock.elapsedMilliseconds() - this.#seenAtElapsed;
    if (Math.abs(passed - elapsed) > JUMP_SECONDS * 1000) this.#offset = undefined;
    return this.#offset;
  }

  /** @param age how long a cache kept the answer (RFC 9111 section 5.1) */
  observe(date: string | undefined, age: string | undefined): void {
    const at = new Date(date ?? Number.NaN).getTime() + (Number(age) || 0) * 1000;
    if (Number.isNaN(at)) return;
    const now = this.#clock.now();
    // `Date` is cut off to whole seconds: the middle of that second is the best guess.
    this.#offset = { seconds: Math.round((at + 500 - now.getTime()) / 1000), seenAt: now };
    this.#seenAtElapsed = this.#clock.elapsedMilliseconds();
  }

  now(): Date {
    const seconds = this.offset?.seconds ?? 0;
    const now = this.#clock.now();
    return Math.abs(seconds) < NOISE_SECONDS ? now : new Date(now.getTime() + seconds * 1000);
  }
}

/** For people, when there is reason to worry. */
export function clockWarning(offset: ClockOffset | undefined): string | undefined {
  if (!isWorrying(offset)) return undefined;
  return `this machine's clock differs from the service's by ${-offset.seconds} s; the service's is used`;
}

export function isWorrying(offset: ClockOffset | undefined): offset is ClockOffset {
  return offset !== undefined && Math.abs(offset.seconds) > WORRYING_OFFSET_SECONDS;
}
