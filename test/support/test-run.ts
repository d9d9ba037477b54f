import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
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

const PAUSE_MILLISECONDS = 100;
const MOST_PAUSES = 4800;

/**
 * A folder in a directory of this run that takes long to make: whoever comes first makes it, the others wait for it to get
 * its name. All read, nobody writes.
 *
 * @param make may remove the folder that it is given, and make it anew: who is first is told by another one
 */
export function madeOnce(shared: string, make: (directory: string) => void): string {
  const [made, making, claim] = [join(shared, "made"), join(shared, "making"), join(shared, "claim")];
  for (let pauses = 0; !existsSync(made); pauses++) {
    // Looked at once more: it may have got its name this very moment.
    if (isFirst(claim) && !existsSync(made)) {
      makeInPlace(making, claim, make);
      renameSync(making, made);
      break;
    }
    if (pauses === MOST_PAUSES) throw new Error(`nobody finished ${made}`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MILLISECONDS);
  }
  return made;
}

function makeInPlace(directory: string, claim: string, make: (directory: string) => void): void {
  try {
    mkdirSync(directory, { recursive: true });
    make(directory);
  } catch (error) {
    rmSync(directory, { recursive: true, force: true });
    // The next one tries.
    rmSync(claim, { recursive: true, force: true });
    throw error;
  }
}

function isFirst(directory: string): boolean {
  try {
    mkdirSync(directory);
    return true;
  } catch {
    return false;
  }
}
