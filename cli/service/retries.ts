import { setTimeout as sleep } from "node:timers/promises";
import { ServiceError } from "./service-error.ts";
import type { Method } from "./exchange.ts";

const ATTEMPTS = 4;
/** The longest wait of one request: a person is waiting. */
const MAX_WAIT_SECONDS = 10;

/**
 * Retries where that is safe. A 429 was refused before anything was done. After 502, 503 and 504 only reads are
 * repeated, because a write may have been done.
 */
export async function withRetries<T>(method: Method, attempt: () => Promise<T>): Promise<T> {
  for (let made = 1; ; made++) {
    try {
      return await attempt();
    } catch (error) {
      const waitSeconds = secondsToWait(error, method, made);
      if (made >= ATTEMPTS || waitSeconds === undefined || waitSeconds > MAX_WAIT_SECONDS) throw error;
      await sleep(waitSeconds * 1000);
    }
  }
}

function secondsToWait(error: unknown, method: Method, made: number): number | undefined {
  if (!(error instanceof ServiceError)) return undefined;
  const isSafe = error.status === 429 || (method === "GET" && [502, 503, 504].includes(error.status));
  return isSafe ? (error.retryAfterSeconds ?? 2 ** (made - 1) / 2) : undefined;
}
