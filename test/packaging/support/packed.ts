import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { madeOnce, testRunDirectory } from "../../support/test-run.ts";

const ROOT = join(import.meta.dirname, "../../..");

/** Packages that npm installs: seconds of work. The others take minutes and are left to `npm run test:packages`. */
const LIGHT = ["--without", "executables"];

/** The packages, packed once a run. Files in them are named as in `dist/packages/`. */
export function packed(): string {
  const shared = testRunDirectory("packages");
  if (shared === undefined) {
    const directory = mkdtempSync(join(tmpdir(), "nodeseal-packed-"));
    process.once("exit", () => rmSync(directory, { recursive: true, force: true }));
    pack(directory);
    return directory;
  }
  return madeOnce(shared, pack);
}

/** `npm run pack`, into a folder, from this checkout or a copy of it. */
export function pack(output: string, root = ROOT, environment: Readonly<Record<string, string>> = {}): void {
  execFileSync(process.execPath, ["packaging/main.ts", "--out", output, ...LIGHT], {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "ignore", "inherit"],
  });
}
