import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const SOURCES = join(import.meta.dirname, "../kubernetes/programs");
/** What the programs are built from; they say so to the service. */
export const KUBERNETES_VERSION = "v1.36.2";

export type ProgramName = "kubelet-bootstrap" | "kubelet-rotation" | "kubectl" | "kubeadm";

export interface Program {
  readonly path: string;
  /** For the `skip` option of the tests that need it. */
  readonly skip: string | false;
}

/** Minutes, once on a machine, so only if somebody asks for it. */
const BUILD_TIMEOUT_MS = 15 * 60_000;

/**
 * A program of Kubernetes, built from its own Go modules by a main of a few lines. Kept outside the project, by a digest of
 * what it was built from.
 */
export function kubernetesProgram(name: ProgramName): Program {
  const directory = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "nodeseal-test", sourceDigest());
  const path = join(directory, name);
  if (existsSync(path)) return { path, skip: false };
  if (process.env["NODESEAL_BUILD_KUBERNETES"] === undefined) {
    return { path, skip: `${name} takes minutes to build; set NODESEAL_BUILD_KUBERNETES=1 to have it built once` };
  }
  const go = goCommand();
  if (go === undefined) return { path, skip: false };
  mkdirSync(directory, { recursive: true });
  build(go, name, path);
  return { path, skip: false };
}

function sourceDigest(): string {
  const digest = createHash("sha256").update(KUBERNETES_VERSION);
  for (const file of globSync("**/*.{go,mod,sum}", { cwd: SOURCES }).sort())
    digest.update(file).update(readFileSync(join(SOURCES, file)));
  return digest.digest("hex").slice(0, 16);
}

function goCommand(): string | undefined {
  return ["go", "/usr/local/go/bin/go"].find((command) => spawnSync(command, ["version"]).status === 0);
}

/** A fault shows when the program is run. */
function build(go: string, name: ProgramName, path: string): void {
  const version = `-X k8s.io/component-base/version.gitVersion=${KUBERNETES_VERSION}`;
  spawnSync(go, ["build", "-buildvcs=false", "-ldflags", version, "-o", path, `./${name}`], {
    cwd: SOURCES,
    timeout: BUILD_TIMEOUT_MS,
    stdio: ["ignore", "ignore", "inherit"],
  });
}
