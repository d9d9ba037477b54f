import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { PROJECT } from "./local-service.ts";

export interface LoadedModules {
  /** Relative to the project. */
  readonly sources: readonly string[];
  /** Each package once. */
  readonly packages: readonly string[];
  /** Those of Node.js that our sources import, like `node:https`. */
  readonly builtins: readonly string[];
}

/** What a program of `bin/` loads for this command line, by the end of it. */
export function modulesLoadedBy(
  program: string,
  args: readonly string[],
  expectedStatus: number,
  environment: Readonly<Record<string, string>> = {},
): LoadedModules {
  const directory = mkdtempSync(join(tmpdir(), "nodeseal-loaded-"));
  try {
    const file = join(directory, "modules");
    const preload = pathToFileURL(join(import.meta.dirname, "trace-loaded-modules.ts")).href;
    const { status, stderr } = spawnSync(process.execPath, ["--import", preload, join("bin", program), ...args], {
      cwd: PROJECT,
      encoding: "utf8",
      env: { ...environment, LOADED_MODULES_FILE: file },
    });
    assert.equal(status, expectedStatus, stderr);
    return sorted(readFileSync(file, "utf8").trimEnd().split("\n"));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function sorted(urls: readonly string[]): LoadedModules {
  const root = pathToFileURL(PROJECT).href;
  const paths = urls.filter((url) => url.startsWith(root)).map((url) => url.slice(root.length).replace(/^\//, ""));
  const packages = paths.flatMap((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []);
  return {
    sources: paths.filter((path) => !path.startsWith("node_modules/")),
    packages: [...new Set(packages)],
    builtins: urls.filter((url) => url.startsWith("node:")),
  };
}
