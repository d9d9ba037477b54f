import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { functionBundle as newBundle } from "../../infra/bundle/function-bundle.ts";
import type { FunctionName } from "../../infra/settings/function-role-name.ts";
import { testRunDirectory } from "./test-run.ts";

/** In place of `infra/bundle/function-bundle.ts`: what it makes, made by whoever needs it first in a run. */
export function functionBundle(name: FunctionName): Uint8Array {
  const directory = testRunDirectory("function-bundles");
  if (directory === undefined) return newBundle(name);
  const file = join(directory, `${name}.mjs`);
  if (!existsSync(file)) {
    const part = `${file}.${process.pid}`;
    writeFileSync(part, newBundle(name));
    renameSync(part, file);
  }
  return readFileSync(file);
}
