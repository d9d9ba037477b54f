import { randomInt } from "node:crypto";

/** As the kubelet's first steps (K8.2): 2 s, then twice as long each time. */
const FIRST_DELAY_SECONDS = 2;

/**
 * How long to wait before the next attempt: doubled each time, capped, and anywhere in its upper half, so that a fleet
 * that failed together does not come back together. What the service asks for is the least.
 *
 * @param failures how many attempts have failed in a row, from 1
 */
export function backOffSeconds(failures: number, capSeconds: number, retryAfterSeconds: number | undefined): number {
  const delay = Math.min(capSeconds, FIRST_DELAY_SECONDS * 2 ** Math.min(30, failures - 1));
  const jittered = delay * (0.5 + randomShare() / 2);
  // A fifth on top: "come back in 30 s" said to ten thousand nodes is an appointment.
  return retryAfterSeconds === undefined ? jittered : Math.max(jittered, retryAfterSeconds * (1 + randomShare() / 5));
}

/** Uniform in [0, 1). */
export function randomShare(): number {
  return randomInt(2 ** 32) / 2 ** 32;
}
