import { mkdirSync } from "node:fs";
import { isAbsolute, join } from "node:path";

/** Set by test/run.ts: a directory that all test files of one run share, and that goes with it. */
export const TEST_RUN = "NODESEAL_TEST_RUN";

/** A directory of this run; undefined where a test file runs by itself. */
export function testRunDirectory(name: string): string | undefined {
  const run = process.env[TEST_RUN];
  if (run === undefined) return undefined;
  // An empty or relative name would make the folder wherever the process stands, the checkout for one.
  if (!isAbsolute(run)) throw new Error(`${TEST_RUN} must be an absolute path, not ${JSON.stringify(run)}`);
  const directory = join(run, name);
  mkdirSync(directory, { recursive: true });
  return directory;
}
