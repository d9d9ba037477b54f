import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

export const ROOT = join(import.meta.dirname, "../..");

/** What is fetched once: other Node.js programs, and nfpm. Not part of any package. */
export const CACHE = join(ROOT, "node_modules/.cache/nodeseal-packaging");

interface Manifest {
  readonly version: string;
  readonly license: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

export const MANIFEST = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as Manifest;

/**
 * The time that files in packages have: that of the commit, so that one commit gives the same packages, byte for byte.
 *
 * @throws Error outside of a clone, where SOURCE_DATE_EPOCH has to say it
 */
export function sourceDateSeconds(): number {
  const stated = process.env["SOURCE_DATE_EPOCH"];
  const text = stated ?? execFileSync("git", ["log", "-1", "--format=%ct"], { cwd: ROOT, encoding: "utf8" });
  const seconds = Number(text);
  if (!Number.isSafeInteger(seconds) || text.trim() === "")
    throw new Error(`SOURCE_DATE_EPOCH must be seconds since 1970, got ${JSON.stringify(text)}`);
  return seconds;
}
