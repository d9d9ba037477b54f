/* `npm run test:cluster`: a real kube-apiserver follows the service's CAs and revocations, by the agent's own unit. */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout } from "node:timers/promises";
import { run } from "../../support/command.ts";
import { PINNED_PATH, PROJECT, startLocalService, type LocalService } from "../../support/local-service.ts";
import { clusterPrograms, ControlPlane, until } from "../control-plane.ts";
import { leaveMounts, startKubelet } from "../kubelet.ts";

const { folder, skip } = clusterPrograms();
const UNIT = join(PROJECT, "agent/systemd/nodeseal-agent-trust@kube-apiserver.service");
const NODES = Array.from({ length: 20 }, (_, index) => `worker-${index + 1}`);
const KUBELET_SKIP = process.getuid?.() === 0 ? false : "a kubelet needs root";
const MACHINES = KUBELET_SKIP === false ? [...NODES, "kubelet-1"] : NODES;
/** Longer than the unit's five seconds between two looks. */
const CONFIGURATION = { validators: { refreshSeconds: 6 } };

describe("kube-apiserver with the files of nodeseal-agent trust", { skip }, () => {
  // Sockets of kubelets are in it, whose paths must be short.
  const home = mkdtempSync(join(tmpdir(), "cluster-"));
  const trust = join(home, "trust");
  const controlPlane = new ControlPlane(folder, join(home, "control-plane"));
  let service: LocalService;
  let keeper: ChildProcess;
  let kubelet: ChildProcess | undefined;

  const program = async (name: "nodeseal" | "nodeseal-agent", ...args: string[]): Promise<string> => {
    const { environment } = service;
    const { status, stdout, stderr } = await run("node", [join(PROJECT, "bin", `${name}.js`), ...args], {
      environment,
    });
    assert.equal(status, 0, `${name} ${args.join(" ")}: ${stderr}`);
    return stdout.trim();
  };
  const ca = async (...args: string[]): Promise<string> => program("nodeseal", "ca", ...args, "--wait", "210s");
  const leafOf = (directory: string): string => join(home, directory, "kubelet-client-current.pem");
  const joinAs = async (node: string, directory = node, ...flags: string[]): Promise<void> => {
    const token = await program("nodeseal", "token", "create", "--max-uses", "1", "--node", node);
    const where = ["--url", service.url, "--node", node, "--dir", join(home, directory)];
    await program("nodeseal-agent", "join", "--token", token, ...where, ...flags);
  };
  /** The status of a request that kube-apiserver has to authenticate and to authorize, over a new connection. */
  const answerTo = async (directory: string): Promise<string> => {
    const { status, username } = await controlPlane.whoAmI({ certificateFile: leafOf(directory) });
    return status === 201 ? username : String(status);
  };
  const isLetIn = async (directory: string): Promise<boolean> => (await answerTo(directory)).startsWith("system:node:");
  const renew = async (node: string): Promise<void> => {
    await program("nodeseal-agent", "renew", "--force", "--dir", join(home, node));
  };
  const issuerOf = (node: string): string => new X509Certificate(readFileSync(leafOf(node))).issuer;
  /** Functions go on with the CA that they know for a minute. */
  const renewFrom = async (generation: number, nodes: readonly string[]): Promise<void> => {
    const [first = "", ...others] = nodes;
    await until(
      `issuing-g${generation} to sign`,
      async () => {
        await renew(first);
        return issuerOf(first).includes(`issuing G${generation}`);
      },
      5000,
    );
    for (const node of others) await renew(node);
  };
  /** A certificate as somebody keeps it who has copied the disk. */
  const copied = (node: string, name: string): void => {
    mkdirSync(join(home, name));
    copyFileSync(leafOf(node), leafOf(name));
  };
  /** How long it took until it was no longer let in. */
  const shutOut = async (directory: string, since: number): Promise<string> => {
    await until(`${directory} to be refused`, async () => !(await isLetIn(directory)), 100);
    return `${((performance.now() - since) / 1000).toFixed(1)} s`;
  };
  const unitCommand = (): string[] => {
    const [, command = ""] =
      /^ExecStart=\/usr\/local\/bin\/nodeseal-agent (.*)$/m.exec(readFileSync(UNIT, "utf8")) ?? [];
    const moved = command
      .replaceAll("%i", "kube-apiserver")
      .replaceAll("/var/lib/nodeseal/trust", trust)
      .replace("/etc/kubernetes/pki/ca.crt", controlPlane.caFile);
    return [...moved.split(" "), "--url", service.url, "--dir", trust];
  };

  before(async () => {
    writeFileSync(join(home, "config.json"), JSON.stringify(CONFIGURATION));
    service = await startLocalService({ arguments: ["--config", join(home, "config.json")] });
    mkdirSync(join(trust, "kube-apiserver"), { recursive: true });
    keeper = spawn("node", [join(PROJECT, "bin/nodeseal-agent.js"), ...unitCommand()], {
      env: { ...process.env, ...service.environment, PATH: PINNED_PATH },
      stdio: ["ignore", "inherit", "inherit"],
    });
    const files = ["client-ca.pem", "authorization.yaml"].map((name) => join(trust, "kube-apiserver", name));
    await until("the trust files", () => Promise.resolve(files.every((file) => existsSync(file))));
    const [clientCa = "", authorization = ""] = files;
    await controlPlane.start(["--client-ca-file", clientCa, "--authorization-config", authorization]);
  });
  after(async () => {
    await controlPlane.stop();
    const ended = once(keeper, "exit");
    keeper.kill("SIGTERM");
    await ended;
    await service.stop();
    leaveMounts(home);
    rmSync(home, { recursive: true, force: true });
  });

  it("knows twenty machines by name and group", async () => {
    for (const node of NODES) await joinAs(node);
    for (const node of NODES) assert.equal(await answerTo(node), `system:node:${node}`);
  });

  it("has a kubelet as a node", { skip: KUBELET_SKIP }, async (t) => {
    const flags = ["--kubeconfig", join(home, "kubelet.kubeconfig"), "--server", controlPlane.url];
    await joinAs("kubelet-1", "kubelet-1", ...flags, "--server-ca-file", controlPlane.caFile);
    kubelet = await startKubelet(controlPlane, {
      home,
      kubeconfig: join(home, "kubelet.kubeconfig"),
      name: "kubelet-1",
    });
    const node = async (path: string): Promise<string | undefined> => {
      const { status, body } = await controlPlane.ask("GET", path, controlPlane.administrator);
      return status === 200 ? body : undefined;
    };
    await until("the kubelet's Node", async () => node("/api/v1/nodes/kubelet-1"));
    t.diagnostic(`a whole kubelet, process ${kubelet.pid}, is registered`);
  });

  it("fails no handshake while an issuing CA gives way to the next", async (t) => {
    let [isRolling, handshakes] = [true, 0];
    const failed: string[] = [];
    const prober = (async () => {
      while (isRolling) {
        await Promise.all(
          NODES.map(async (node) => {
            const answer = await answerTo(node);
            handshakes++;
            if (answer !== `system:node:${node}`) failed.push(`${new Date().toISOString()} ${node}: ${answer}`);
          }),
        );
        await setTimeout(1000);
      }
    })();
    try {
      await ca("prepare");
      await ca("activate", "issuing-g2");
      await renewFrom(2, MACHINES);
      await ca("retire", "issuing-g1", "--yes");
      const clientCa = join(trust, "kube-apiserver", "client-ca.pem");
      await until("the file without it", () =>
        Promise.resolve(readFileSync(clientCa, "utf8").split("BEGIN").length === 3),
      );
      // kube-apiserver has it by then: ten rounds more.
      const enough = handshakes + 10 * NODES.length;
      await until("later handshakes", () => Promise.resolve(handshakes >= enough));
    } finally {
      isRolling = false;
      await prober;
    }
    t.diagnostic(`${handshakes} handshakes, ${failed.length} failed`);
    assert.deepEqual(failed, []);
  });

  it("shuts out a revoked node, and lets it in again when it has joined anew", async (t) => {
    copied("worker-1", "copy-1");
    const since = performance.now();
    await program("nodeseal", "node", "revoke", "worker-1", "--yes");
    t.diagnostic(`node revoke to the first refused request: ${await shutOut("worker-1", since)}`);
    assert.equal(await answerTo("worker-1"), "500");
    for (const node of NODES.slice(1)) assert.equal(await answerTo(node), `system:node:${node}`);
    await program("nodeseal", "node", "release", "worker-1", "--yes");
    await joinAs("worker-1", "worker-1-again");
    assert.equal(await answerTo("worker-1-again"), "system:node:worker-1");
    // Its name is welcome, the copy of its disk is not.
    assert.equal(await answerTo("copy-1"), "500");
  });

  it("refuses what a CA signed that was retired by force, although the root still stands", async (t) => {
    copied("worker-2", "copy-2");
    await ca("prepare");
    await ca("activate", "issuing-g3");
    await renewFrom(3, MACHINES.slice(1));
    assert.ok(await isLetIn("copy-2"));
    const since = performance.now();
    await ca("retire", "issuing-g2", "--force", "--yes");
    t.diagnostic(`ca retire --force to the first refused request: ${await shutOut("copy-2", since)}`);
    assert.equal(await answerTo("copy-2"), "401");
    for (const node of ["worker-2", "worker-3"]) assert.equal(await answerTo(node), `system:node:${node}`);
  });

  it(
    "has the kubelet go on, the same process, with the agent's later certificate",
    { skip: KUBELET_SKIP },
    async () => {
      const path = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/kubelet-1";
      const leaseTime = async (): Promise<string> => {
        const { body } = await controlPlane.ask("GET", path, controlPlane.administrator);
        return /"renewTime":"([^"]+)"/.exec(body)?.[1] ?? body;
      };
      // What it has had before is refused by now. It looks for another file every five minutes.
      const before = await leaseTime();
      await until("the kubelet's next lease", async () => (await leaseTime()) !== before, 1000);
      assert.equal(kubelet?.exitCode, null);
    },
  );
});
