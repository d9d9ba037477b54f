import { existsSync } from "node:fs";
import { join } from "node:path";

/** Third-party test data lies beside the project and is used in place; it is no part of it. */
const SHARED = join(import.meta.dirname, "../../../shared");

export interface SharedData {
  readonly path: string;
  /** For the `skip` option of the tests that need it. */
  readonly skip: string | false;
}

export function sharedData(name: string): SharedData {
  const path = join(SHARED, name);
  return { path, skip: existsSync(path) ? false : `../shared/${name} is not on this machine` };
}
