import { copyOf } from "./copy.ts";

/**
 * What a test may do to the calls of the stores here: let them wait, so that others come between, and let them fail.
 * Every call takes effect at one instant between the two, as a single-item write does.
 */
export interface MemoryHooks {
  /** Awaited before the call takes effect. If it rejects, the call never happened. `operation`: `tokens.consume`. */
  readonly beforeEach?: ((operation: string) => Promise<void>) | undefined;
  /** Awaited after the call took effect and before the caller hears of it. If it rejects, the answer is lost. */
  readonly afterEach?: ((operation: string) => Promise<void>) | undefined;
}

/** Runs the act between the hooks. What it returns is copied: a store never shares an object with its caller. */
export async function hooked<T>(hooks: MemoryHooks, operation: string, act: () => T): Promise<T> {
  await hooks.beforeEach?.(operation);
  const answer = copyOf(act());
  await hooks.afterEach?.(operation);
  return answer;
}
