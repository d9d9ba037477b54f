import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { FunctionName } from "../settings/function-role-name.ts";

/** In the package nodeseal-cdk, in place of `function-bundle.ts`: the bundles that were made with the package. */
export function functionBundle(name: FunctionName): Uint8Array {
  return readFileSync(join(import.meta.dirname, "../../functions", name, "index.mjs"));
}
