import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Where Go's own installer puts it, beside the PATH: test/kubernetes/programs/build looks there too. */
const FOLDERS = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/local/go/bin"];
const GO = FOLDERS.map((folder) => join(folder, "go")).find((path) => existsSync(path));

/** For the `skip` option of the tests that need Go. In CI, which builds Kubernetes' programs with it, nothing is skipped. */
export const GO_SKIP: string | false =
  GO !== undefined || process.env["CI"] !== undefined ? false : "Go is not on this machine";

/** Builds one file of Go's standard library alone, into `path`; compiling what it imports takes a minute where it never was. */
export function buildGoProgram(source: string, path: string): string {
  execFileSync(GO ?? "go", ["build", "-o", path, source], { env: { ...process.env, CGO_ENABLED: "0" } });
  return path;
}
