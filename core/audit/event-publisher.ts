import type { ServiceEvent } from "./service-event.ts";

/** An event that will never be accepted, and why. */
export interface RejectedEvent {
  readonly id: string;
  readonly reason: string;
}

export interface EventPublisher {
  /**
   * Publishes events, each at least once. Resolves to those that can never be published.
   *
   * @throws Error when some could not be published now: all of them may be published again
   */
  readonly publish: (events: readonly ServiceEvent[]) => Promise<readonly RejectedEvent[]>;
}
