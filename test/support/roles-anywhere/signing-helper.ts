import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Program } from "../kubernetes-programs.ts";

const BUILD = join(import.meta.dirname, "../../roles-anywhere/programs/build");

/** Half a minute, once on a machine: only where it is asked for, or nothing may be left out. */
const MAY_BUILD = process.env["NODESEAL_BUILD_SIGNING_HELPER"] !== undefined || process.env["CI"] !== undefined;

/** AWS' own credential helper, built from its Go module. */
export function signingHelper(): Program {
  const built = spawnSync(BUILD, MAY_BUILD ? [] : ["--where"], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  const path = join(built.status === 0 ? built.stdout.trim() : "", "aws_signing_helper");
  // Where it may not be left out, a fault shows when the program is run.
  if (existsSync(path) || MAY_BUILD) return { path, skip: false };
  return {
    path,
    skip: "aws_signing_helper takes half a minute to build; set NODESEAL_BUILD_SIGNING_HELPER=1 to have it built once",
  };
}
