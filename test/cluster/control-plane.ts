import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { issueTlsCertificates } from "../../local/data/tls.ts";
import { freePort } from "../support/tls-servers.ts";

const BUILD = join(import.meta.dirname, "programs/build");
const GO_FOLDER = "/usr/local/go/bin";

/** The folder of etcd, kube-apiserver, kubelet and container-runtime; or why they are not here. */
export function clusterPrograms(): { readonly folder: string; readonly skip: string | false } {
  const hasGo = spawnSync("go", ["version"], { env: { ...process.env, PATH: `${process.env["PATH"]}:${GO_FOLDER}` } });
  if (hasGo.error !== undefined && process.env["CI"] === undefined)
    return { folder: "", skip: "Go is not on this machine: etcd and kube-apiserver are built with it" };
  const built = spawnSync(BUILD, [], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  if (built.status === 0) return { folder: built.stdout.trim(), skip: false };
  if (process.env["CI"] !== undefined) throw new Error("etcd and kube-apiserver could not be built");
  return { folder: "", skip: "etcd and kube-apiserver could not be built from their Go modules" };
}

const PATIENCE_MS = 400_000;

/** Until it is so. @param what it waits for, for whoever reads of the failure */
export async function until<T>(what: string, look: () => Promise<T | undefined | false>, pauseMs = 200): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await setTimeout(pauseMs);
  }
}

export interface ApiAnswer {
  /** 0: no TLS connection came about. */
  readonly status: number;
  readonly body: string;
}

export type Credential = { readonly certificateFile: string } | { readonly token: string };

/** A real etcd and a real kube-apiserver, which trusts clients by files that somebody else keeps. */
export class ControlPlane {
  readonly directory: string;
  readonly #folder: string;
  readonly #children: ChildProcess[] = [];
  #printed = "";
  #port = 0;
  readonly tls = issueTlsCertificates(new Date());
  readonly administrator: Credential = { token: "cluster-administrator" };

  constructor(folder: string, directory: string) {
    this.#folder = folder;
    this.directory = directory;
    mkdirSync(directory, { recursive: true });
    writeFileSync(this.caFile, this.tls.caCertificatePem);
  }

  get url(): string {
    return `https://127.0.0.1:${this.#port}`;
  }

  get caFile(): string {
    return join(this.directory, "apiserver-ca.pem");
  }

  output(): string {
    return this.#printed;
  }

  /** @param flags those by which it trusts clients */
  async start(flags: readonly string[]): Promise<void> {
    const [etcd, peer] = [await freePort(), await freePort()];
    const etcdUrl = `http://127.0.0.1:${etcd}`;
    const peerUrl = `http://127.0.0.1:${peer}`;
    this.run("etcd", [
      ...[
        "--data-dir",
        join(this.directory, "etcd"),
        "--listen-client-urls",
        etcdUrl,
        "--advertise-client-urls",
        etcdUrl,
      ],
      ...["--listen-peer-urls", peerUrl, "--initial-advertise-peer-urls", peerUrl],
      ...["--initial-cluster", `default=${peerUrl}`, "--log-level", "error"],
    ]);
    const { tls } = this;
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const file = (name: string, content: string | Buffer): string => {
      writeFileSync(join(this.directory, name), content, { mode: 0o600 });
      return join(this.directory, name);
    };
    const key = file("sa.key", privateKey.export({ format: "pem", type: "sec1" }));
    this.#port = await freePort();
    this.run("kube-apiserver", [
      ...["--etcd-servers", etcdUrl, "--bind-address", "127.0.0.1", "--secure-port", String(this.#port)],
      ...["--advertise-address", "10.255.0.1", "--endpoint-reconciler-type", "none"],
      ...["--tls-cert-file", file("apiserver.pem", tls.serverCertificatePem)],
      ...["--tls-private-key-file", file("apiserver.key", tls.serverKeyPem)],
      ...["--service-account-issuer", "https://kubernetes.default.svc", "--service-account-signing-key-file", key],
      ...["--service-account-key-file", file("sa.pub", publicKey.export({ format: "pem", type: "spki" }))],
      ...["--service-cluster-ip-range", "10.0.0.0/24", "--enable-admission-plugins", "NodeRestriction"],
      ...["--token-auth-file", file("tokens.csv", "cluster-administrator,administrator,1,system:masters\n")],
      ...flags,
    ]);
    await until("kube-apiserver to be ready", async () => {
      this.#assertRunning();
      return (await this.ask("GET", "/readyz", this.administrator)).status === 200;
    });
  }

  #assertRunning(): void {
    if (this.#children.some(({ exitCode }) => exitCode !== null))
      throw new Error(`the control plane broke off:\n${this.#printed.slice(-4000)}`);
  }

  /** One of the programs, until `stop`. */
  run(name: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}): ChildProcess {
    const child = spawn(join(this.#folder, name), args, {
      cwd: this.directory,
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => void (this.#printed += `${name}: ${chunk.toString("utf8")}`));
    this.#children.push(child);
    return child;
  }

  /** One request over a TLS connection of its own. */
  ask(method: string, path: string, credential: Credential, body?: object): Promise<ApiAnswer> {
    const pem = "certificateFile" in credential ? readFileSync(credential.certificateFile, "utf8") : undefined;
    const bearer = "token" in credential ? { authorization: `Bearer ${credential.token}` } : {};
    const options = {
      method,
      agent: false as const,
      ca: this.tls.caCertificatePem,
      ...(pem === undefined ? {} : { cert: pem, key: pem }),
    };
    const headers = { accept: "application/json", "content-type": "application/json", ...bearer };
    return new Promise((resolve) => {
      const asked = request(`${this.url}${path}`, { ...options, headers }, (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => void (text += chunk));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body: text }));
      });
      asked.on("error", (error) => resolve({ status: 0, body: error.message }));
      asked.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  /** As whom it knows the caller, and what it says if it does not. */
  async whoAmI(credential: Credential): Promise<{ readonly status: number; readonly username: string }> {
    const review = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };
    const path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    const { status, body } = await this.ask("POST", path, credential, review);
    return { status, username: /"username":"([^"]*)"/.exec(body)?.[1] ?? body.slice(0, 300) };
  }

  async stop(): Promise<void> {
    // Whoever uses the others ends first.
    for (const child of this.#children.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = once(child, "exit");
      child.kill(existsSync(`/proc/${child.pid}`) ? "SIGTERM" : "SIGKILL");
      await Promise.race([ended, setTimeout(10_000).then(() => child.kill("SIGKILL"))]);
    }
  }
}
