import { randomUUID } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const CPU_TIME = join(import.meta.dirname, "cpu-time.ts");

/** Reads how much CPU one Node.js process took, with its children. */
export class CpuMeter {
  readonly #file = join(tmpdir(), `nodeseal-cpu-${randomUUID()}`);
  readonly execArgv: readonly string[] = ["--import", pathToFileURL(CPU_TIME).href];
  readonly environment: Readonly<Record<string, string>> = { NODESEAL_TEST_CPU_TIME_FILE: this.#file };

  /** When the process has ended. @returns seconds; 0 where it did not end by itself */
  read(): number {
    try {
      return Number(readFileSync(this.#file, "utf8"));
    } catch {
      return 0;
    } finally {
      rmSync(this.#file, { force: true });
    }
  }
}
