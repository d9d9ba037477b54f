import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { MANIFEST } from "../content/project.ts";

export interface NpmPackage {
  readonly manifest: Readonly<Record<string, unknown>> & { readonly name: string };
  /** Path below the package, and content. */
  readonly files: ReadonlyMap<string, string | Uint8Array>;
  /** Those of them that are programs. */
  readonly programs: readonly string[];
}

/** What all packages say. No package has an install script. */
const COMMON = {
  version: MANIFEST.version,
  license: MANIFEST.license,
  keywords: ["certificate", "pki", "bootstrap-token", "kubernetes", "aws-kms", "mtls"],
};

/** Writes `<name>-<version>.tgz`. npm itself gives every file in it the same time. */
export function writeNpmPackage(output: string, { manifest, files, programs }: NpmPackage): string {
  const directory = mkdtempSync(join(tmpdir(), "nodeseal-package-"));
  try {
    const { name, ...others } = manifest;
    const whole = { name, ...COMMON, ...others };
    put(directory, "package.json", `${JSON.stringify(whole, undefined, 2)}\n`);
    for (const [path, content] of files) put(directory, path, content, programs.includes(path) ? 0o755 : 0o644);
    mkdirSync(output, { recursive: true });
    // Not to be asked whether there is a newer npm, nor to run a script of anybody.
    execFileSync(
      "npm",
      ["pack", "--silent", "--ignore-scripts", "--no-update-notifier", "--pack-destination", output],
      {
        cwd: directory,
        stdio: ["ignore", "ignore", "inherit"],
      },
    );
  } finally {
    rmSync(directory, { recursive: true });
  }
  const file = join(output, `${manifest.name}-${MANIFEST.version}.tgz`);
  chmodSync(file, 0o644);
  return file;
}

/** Modes are set, for the umask of whoever packs would take away what others need. */
function put(directory: string, path: string, content: string | Uint8Array, mode = 0o644): void {
  const file = join(directory, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  chmodSync(file, mode);
}
