import { setTimeout as sleep } from "node:timers/promises";
import { reconcileOnSchedule } from "../core/authority/reconciliation/scheduled-reconciliation.ts";
import { DEFAULT_WATCH_LIMITS } from "../core/renewal/watch-renewals.ts";
import type { LocalAuthorities } from "./provision.ts";

const PAUSE_MS = 1000;
/** A certificate of ten minutes, the shortest lifetime, must be found too. */
const WATCH_LIMITS = { ...DEFAULT_WATCH_LIMITS, leastIntervalSeconds: 30 };

/**
 * Replaces the schedule in AWS: reconciles again and again until it is closed. A failure is logged, and the next one
 * follows.
 */
export function startScheduledReconciliation({ services, plan, close }: LocalAuthorities): {
  readonly close: () => Promise<void>;
} {
  const closing = new AbortController();
  const rounds = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      try {
        const bundle = await services.authorities.read();
        if (bundle !== undefined) await reconcileOnSchedule(services, plan, bundle, WATCH_LIMITS);
      } catch (error) {
        services.failed(error);
      }
      await sleep(PAUSE_MS, undefined, { signal: closing.signal, ref: false }).catch(() => undefined);
    }
  };
  const running = rounds();
  return {
    close: async () => {
      closing.abort();
      await running;
      close();
    },
  };
}
