import type { Gate, OutsideCall } from "./intercepted-services.ts";

/** What becomes of a call: it happens; it happens and its caller never hears; it never happens. */
export type Fate = "done" | "answer lost" | "failed";

/** The only failure of the outside in a model run: whatever else is thrown is the core's own. */
export class InjectedFault extends Error {
  override readonly name = "InjectedFault";
}

export interface PendingCall {
  /** The attempt that waits for it. */
  readonly attempt: number;
  readonly call: OutsideCall;
  readonly make: (fate: Fate) => Promise<void>;
}

/**
 * Holds back every call to the outside until it is told which one happens next. Between two steps everything that can
 * run has run, so the same choices give the same interleaving.
 */
export class StepScheduler {
  readonly pending: PendingCall[] = [];

  gateFor(attempt: number): Gate {
    return (call, make) =>
      new Promise((resolve, reject) => {
        this.pending.push({
          attempt,
          call,
          make: async (fate) => {
            if (fate === "failed") {
              reject(new InjectedFault(`${call.name} failed`));
              return;
            }
            try {
              const answer = await make();
              if (fate === "done") resolve(answer);
              else reject(new InjectedFault(`the answer of ${call.name} was lost`));
            } catch (error) {
              reject(error instanceof Error ? error : new Error(String(error)));
            }
          },
        });
      });
  }

  /** Makes one call, and lets its caller go on to the next. */
  async step(pending: PendingCall, fate: Fate): Promise<void> {
    this.pending.splice(this.pending.indexOf(pending), 1);
    await pending.make(fate);
    await everythingRan();
  }

  /** The attempt is dead: what it was about to do never happens. */
  drop(attempt: number): void {
    const alive = this.pending.filter((pending) => pending.attempt !== attempt);
    this.pending.splice(0, this.pending.length, ...alive);
  }
}

/** Microtasks run dry before the next turn of the event loop. */
export function everythingRan(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** How many calls in a row an act needs when those that can go together go together. */
export async function roundTripsOf(scheduler: StepScheduler, act: Promise<unknown>): Promise<number> {
  const progress = { isOver: false };
  const end = (): void => {
    progress.isOver = true;
  };
  act.then(end, end);
  await everythingRan();
  let rounds = 0;
  for (; !progress.isOver; rounds++) {
    for (const pending of [...scheduler.pending]) await scheduler.step(pending, "done");
  }
  return rounds;
}
