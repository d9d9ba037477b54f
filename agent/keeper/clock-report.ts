import type { EventLog } from "../output/event-log.ts";
import { isWorrying, type ServiceClock } from "../service/service-clock.ts";

/** Logs that this machine's clock is wrong: once when it goes wrong, once when it is right again. */
export class ClockReport {
  readonly #serviceClock: ServiceClock;
  readonly #log: EventLog;
  #isReported = false;

  constructor(serviceClock: ServiceClock, log: EventLog) {
    this.#serviceClock = serviceClock;
    this.#log = log;
  }

  /** Called after each answer of the service. */
  update(): void {
    const { offset } = this.#serviceClock;
    const isOff = isWorrying(offset);
    if (isOff === this.#isReported) return;
    this.#isReported = isOff;
    if (isOff) this.#log("warn", "clock_off", { offsetSeconds: offset.seconds, used: "service" });
    else this.#log("info", "clock_right");
  }
}
