import assert from "node:assert/strict";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { ModelPlan } from "./model-plan.ts";
import type { PlansName } from "./model-property.ts";
import type { Weather } from "./model-weather.ts";

/** What a worker thread can be asked: plain data, so plans and mutants go by their names. */
export interface ModelQuestion {
  readonly plans: PlansName;
  /** A run in which a client gave up gives cause for complaint too. */
  readonly isStrandingWrong: boolean;
  readonly weather: Weather;
  readonly maxTries: number;
  /** The rule that is left out. */
  readonly mutant?: string;
  readonly parameters: {
    readonly seed?: number;
    readonly path?: string;
    readonly numRuns: number;
    readonly endOnFailure?: boolean;
  };
  readonly mostMilliseconds?: number;
}

export interface ModelFinding {
  readonly failed: boolean;
  readonly seed: number;
  readonly path: string | null;
  readonly counterexample: ModelPlan | undefined;
  readonly error: string;
}

let worker: Worker | undefined;

/**
 * Runs of the model until one gives cause for complaint. The same seed, the same runs. In a worker thread: node:test
 * watches every promise of its own thread, and the model makes millions of them, which takes as long as all the rest.
 * One question at a time.
 */
export async function searchForComplaint(question: ModelQuestion): Promise<ModelFinding> {
  worker ??= new Worker(new URL("model-worker.ts", import.meta.url));
  worker.ref();
  worker.postMessage(question);
  const [finding] = (await once(worker, "message")) as [ModelFinding];
  worker.unref();
  return finding;
}

/** A long search for a smaller counterexample would hide that there is one. */
const SHRINK_MILLISECONDS = 30_000;

/**
 * A new seed each time, to see more. In CI always the same: a commit is not to fail for what another run of it would not
 * show. Long runs with new seeds are for whoever changes the protocol.
 */
function chosenSeed(): { readonly seed?: number } {
  const given = process.env["NODESEAL_MODEL_SEED"] ?? (process.env["CI"] === undefined ? undefined : "20260101");
  return given === undefined ? {} : { seed: Number(given) };
}

/** @throws AssertionError with the seed, the smallest failing plan found, and all that happened in it */
export async function assertNoComplaint(question: Omit<ModelQuestion, "parameters">, numRuns: number): Promise<void> {
  const first = await searchForComplaint({
    ...question,
    parameters: { ...chosenSeed(), numRuns, endOnFailure: true },
  });
  if (!first.failed) return;
  const again = { seed: first.seed, ...(first.path === null ? {} : { path: first.path }), numRuns: 1 };
  const smallest = await searchForComplaint({
    ...question,
    parameters: again,
    mostMilliseconds: SHRINK_MILLISECONDS,
  });
  const found = smallest.failed ? smallest : first;
  assert.fail(`seed ${first.seed}, path ${found.path ?? ""}\n${JSON.stringify(found.counterexample)}\n${found.error}`);
}
