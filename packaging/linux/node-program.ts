import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { CACHE, MANIFEST, ROOT } from "../content/project.ts";

export type Architecture = "x64" | "arm64";

export const ARCHITECTURES: readonly Architecture[] = ["x64", "arm64"];

interface Lock {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly integrity?: string }>>;
}

/**
 * The pinned Node.js for Linux on an architecture, whatever this machine is: from npm's package of it, checked against
 * the lock file.
 */
export function nodeProgram(architecture: Architecture): string {
  const name = `node-linux-${architecture}`;
  const installed = join(ROOT, "node_modules", name, "bin/node");
  if (existsSync(installed)) return installed;
  const lock = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")) as Lock;
  const { version = "", integrity = "" } = lock.packages[`node_modules/${name}`] ?? {};
  if (version !== MANIFEST.optionalDependencies[name]) throw new Error(`package-lock.json has no ${name} ${version}`);
  return fetchedNode(name, version, integrity);
}

/**
 * Node.js of another version.
 *
 * @param integrity of npm's package of it, as lock files have it: `sha512-…`
 */
export function fetchedNode(name: string, version: string, integrity: string): string {
  const directory = join(CACHE, `${name}-${version}`);
  const program = join(directory, "package/bin/node");
  if (existsSync(program)) return program;
  mkdirSync(CACHE, { recursive: true });
  const making = mkdtempSync(join(CACHE, "making-"));
  try {
    execFileSync(
      "npm",
      ["pack", "--silent", "--no-update-notifier", "--pack-destination", making, `${name}@${version}`],
      {
        cwd: making,
        stdio: ["ignore", "ignore", "inherit"],
      },
    );
    const archive = join(making, `${name}-${version}.tgz`);
    const digest = `sha512-${createHash("sha512").update(readFileSync(archive)).digest("base64")}`;
    if (digest !== integrity) throw new Error(`${name} ${version} is not what the lock file names: ${digest}`);
    execFileSync("tar", ["-xzf", archive, "-C", making, "package/bin/node"]);
    rmSync(archive);
    renameSync(making, directory);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
  return program;
}
