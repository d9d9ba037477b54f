import { join } from "node:path";
import { PUBLIC_MODE, replaceFileDurably } from "./durable-file.ts";
import type { FileSystem } from "./file-system.ts";

/** The health of `run`, for monitoring. `checkedAt` advances at least every ten minutes while it runs. */
export interface Health {
  /**
   * `refused`: the service refused for good, and an operator has to act. `expired` takes precedence over all but
   * `stopped`.
   */
  readonly status: "ok" | "retrying" | "refused" | "expired" | "unusable" | "stopped";
  readonly checkedAt: Date;
  readonly nodeName?: string | undefined;
  readonly serialNumber?: string | undefined;
  readonly notAfter?: Date | undefined;
  readonly nextRenewal?: Date | undefined;
  readonly renewedAt?: Date | undefined;
  /** Failed renewals in a row. */
  readonly failures: number;
  /** The most recent problem of any kind, in one line. */
  readonly error?: string | undefined;
  readonly refusalCode?: string | undefined;
  readonly trustBundleSequence?: number | undefined;
  readonly clockOffsetSeconds?: number | undefined;
  readonly serving?: ServingHealth | undefined;
  readonly agentVersion: string;
  readonly pid: number;
}

/** The same of the serving certificate beside it (`join --with-serving`). */
export interface ServingHealth extends Pick<
  Health,
  "serialNumber" | "notAfter" | "nextRenewal" | "failures" | "error" | "refusalCode"
> {
  readonly status: "ok" | "retrying" | "refused" | "expired";
}

export function healthPathOf(directoryPath: string): string {
  return join(directoryPath, "nodeseal-health.json");
}

export function writeHealth(fileSystem: FileSystem, directoryPath: string, health: Health): void {
  replaceFileDurably(fileSystem, healthPathOf(directoryPath), `${JSON.stringify(health, null, 2)}\n`, PUBLIC_MODE);
}
