import { spawnSync } from "node:child_process";
import { existsSync, globSync, realpathSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";

const BUILD = join(import.meta.dirname, "../kubernetes/programs/build");

export type ProgramName = "kubelet-bootstrap" | "kubelet-rotation" | "kubectl" | "kubeadm";

export interface Program {
  readonly path: string;
  /** For the `skip` option of the tests that need it. */
  readonly skip: string | false;
}

/** Minutes, once on a machine: only where it is asked for, or nothing may be left out. */
const MAY_BUILD = process.env["NODESEAL_BUILD_KUBERNETES"] !== undefined || process.env["CI"] !== undefined;

/** A program of Kubernetes, built from its own Go modules by a main of a few lines. */
export function kubernetesProgram(name: ProgramName): Program {
  const built = spawnSync(BUILD, MAY_BUILD ? [] : ["--where"], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  const path = join(built.status === 0 ? built.stdout.trim() : "", name);
  // Where it may not be left out, a fault shows when the program is run.
  if (existsSync(path) || MAY_BUILD) return { path, skip: false };
  return { path, skip: `${name} takes minutes to build; set NODESEAL_BUILD_KUBERNETES=1 to have it built once` };
}

/** The kubectl of this machine, whatever its version. */
export function installedKubectl(): Program {
  const path = onPath("kubectl");
  if (path !== undefined || process.env["CI"] !== undefined) return { path: path ?? "kubectl", skip: false };
  return { path: "kubectl", skip: "kubectl is not on this machine" };
}

/** Some distributions keep older versions beside it (`kubectl.1.27`): of them the oldest, which knows neither protobuf nor much else. */
export function oldestKubectl(): Program {
  const path = onPath("kubectl");
  const directory = dirname(realpathSync(path ?? "/"));
  const [oldest] = globSync("kubectl.1.*", { cwd: directory }).sort((one, other) =>
    one.localeCompare(other, "en", { numeric: true }),
  );
  if (path !== undefined && oldest !== undefined) return { path: join(directory, oldest), skip: false };
  return { path: "kubectl", skip: "there is no older kubectl beside the one of this machine" };
}

function onPath(name: string): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}
