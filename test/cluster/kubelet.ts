import { spawnSync, type ChildProcess } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ControlPlane } from "./control-plane.ts";
import { freePort } from "../support/tls-servers.ts";

export interface KubeletOptions {
  /** Short: a socket's path has at most 108 octets. */
  readonly home: string;
  readonly kubeconfig: string;
  readonly name: string;
}

/** A whole kubelet over a container runtime that runs nothing. docs/kubernetes.md: the agent rotates, the kubelet does not. */
export async function startKubelet(
  controlPlane: ControlPlane,
  { home, kubeconfig, name }: KubeletOptions,
): Promise<ChildProcess> {
  const [directory, socket] = [join(home, "kubelet"), join(home, "cri.sock")];
  mkdirSync(directory, { recursive: true });
  controlPlane.run("container-runtime", [socket]);
  const configuration = {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    rotateCertificates: false,
    serverTLSBootstrap: false,
    failSwapOn: false,
    failCgroupV1: false,
    cgroupsPerQOS: false,
    enforceNodeAllocatable: [],
    cgroupDriver: "cgroupfs",
    address: "127.0.0.1",
    port: await freePort(),
    healthzPort: await freePort(),
    readOnlyPort: 0,
    containerRuntimeEndpoint: `unix://${socket}`,
    imageServiceEndpoint: `unix://${socket}`,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: false },
      x509: { clientCAFile: controlPlane.caFile },
    },
    authorization: { mode: "AlwaysAllow" },
    localStorageCapacityIsolation: false,
    makeIPTablesUtilChains: false,
    podLogsDir: join(directory, "podlogs"),
    nodeLeaseDurationSeconds: 8,
  };
  const file = join(directory, "config.json");
  writeFileSync(file, JSON.stringify(configuration));
  return controlPlane.run("kubelet", [
    ...["--kubeconfig", kubeconfig, "--config", file, "--root-dir", directory, "--cert-dir", join(directory, "pki")],
    ...["--hostname-override", name, "--v", "1"],
  ]);
}

/** A kubelet mounts its own folder on itself, and leaves it so. */
export function leaveMounts(home: string): void {
  const mounts = readFileSync("/proc/mounts", "utf8").split("\n");
  const points = mounts.flatMap((line) => line.split(" ")[1] ?? []).filter((point) => point.startsWith(`${home}/`));
  for (const point of points.reverse()) spawnSync("umount", [point]);
}
