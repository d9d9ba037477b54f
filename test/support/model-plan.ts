import type { Outside } from "./intercepted-services.ts";
import type { ClientPlan } from "./model-client.ts";
import type { Weather } from "./model-weather.ts";

export interface ModelPlan {
  /** How often each token may be used. */
  readonly maxUses: readonly number[];
  readonly clients: readonly ClientPlan[];
  /** Whether what the tokens ask for waits for an administrator. */
  readonly isManual?: boolean;
  /** Every choice of the run, in order. */
  readonly dice: readonly number[];
}

/** A rule left out: the model must notice. */
export interface Mutant {
  readonly alter?: (outside: Outside, clock: () => Date) => Outside;
  readonly arrivedAt?: (arrivedAt: Date) => Date;
}

export interface ModelSettings {
  readonly weather: Weather;
  /** After so many tries without success a client gives up. */
  readonly maxTries: number;
  readonly mutant?: Mutant;
}

export interface ModelOutcome {
  readonly violations: readonly string[];
  /** Clients that gave up, with what they last heard. */
  readonly stranded: readonly string[];
  /** What happened, for whoever looks into a failure. */
  readonly log: readonly string[];
}
