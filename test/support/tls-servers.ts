import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { issueTlsCertificates } from "../../local/data/tls.ts";
import { run } from "./command.ts";

/** A TLS server of somebody else's that verifies clients with the files in its directory: `ca.pem` and `crl.pem`. */
export interface TlsServer {
  readonly directory: string;
  readonly start: () => Promise<void>;
  /** As its documentation has it, when the files have changed. */
  readonly reload: () => Promise<void>;
  /** Whether it serves who has this certificate (chain and key in one PEM). */
  readonly serves: (certificateFile: string) => Promise<boolean>;
  readonly stop: () => Promise<void>;
  /** All that it has printed. */
  readonly output: () => string;
}

/** For the `skip` option of tests. In CI nothing is skipped. */
export function serverSkip(program: string): string | false {
  const isThere = spawnSync(program, ["-v"]).error === undefined;
  return isThere || process.env["CI"] !== undefined ? false : `${program} is not on this machine`;
}

const PATIENCE_MS = 20_000;

export function nginxServer(directory: string): TlsServer {
  return tlsServer(directory, {
    command: (file) => ["nginx", "-e", "stderr", "-c", file],
    configuration: (port) => `
daemon off; master_process on; worker_processes 1; pid ${directory}/nginx.pid; error_log stderr;
events { worker_connections 64; }
http {
  access_log off; client_body_temp_path ${directory}; proxy_temp_path ${directory}; fastcgi_temp_path ${directory};
  uwsgi_temp_path ${directory}; scgi_temp_path ${directory};
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${directory}/server.pem; ssl_certificate_key ${directory}/server.pem;
    ssl_client_certificate ${directory}/ca.pem; ssl_crl ${directory}/crl.pem; ssl_verify_client on; ssl_verify_depth 3;
    location / { return 204; }
  }
}
`,
    reload: (child) => void child.kill("SIGHUP"),
  });
}

/**
 * nginx that asks an OCSP responder about each client. It asks by plain HTTP alone, so it asks itself, and passes on to the
 * service (docs/trust-files.md).
 */
export function nginxWithOcsp(
  directory: string,
  service: { readonly url: string; readonly caFile: string },
): TlsServer {
  return tlsServer(directory, {
    command: (file) => ["nginx", "-e", "stderr", "-c", file],
    configuration: (port, second) => `
daemon off; master_process on; worker_processes 1; pid ${directory}/nginx.pid; error_log stderr;
events { worker_connections 64; }
http {
  access_log off; client_body_temp_path ${directory}; proxy_temp_path ${directory}; fastcgi_temp_path ${directory};
  uwsgi_temp_path ${directory}; scgi_temp_path ${directory};
  server {
    listen 127.0.0.1:${second};
    location /v1/ocsp {
      proxy_pass ${service.url}; proxy_ssl_verify on; proxy_ssl_trusted_certificate ${service.caFile};
      # It does not compare addresses.
      proxy_ssl_name localhost;
    }
  }
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${directory}/server.pem; ssl_certificate_key ${directory}/server.pem;
    ssl_client_certificate ${directory}/ca.pem; ssl_verify_client on; ssl_verify_depth 3;
    ssl_ocsp leaf; ssl_ocsp_responder http://127.0.0.1:${second}/v1/ocsp;
    location / { return 204; }
  }
}
`,
    reload: (child) => void child.kill("SIGHUP"),
  });
}

export function haproxyServer(directory: string): TlsServer {
  return tlsServer(directory, {
    command: (file) => ["haproxy", "-W", "-f", file],
    configuration: (port) => `
global
  maxconn 64
defaults
  mode http
  timeout client 10s
  timeout server 10s
  timeout connect 10s
frontend nodes
  bind 127.0.0.1:${port} ssl crt ${directory}/server.pem verify required ca-file ${directory}/ca.pem crl-file ${directory}/crl.pem
  http-request return status 204
`,
    reload: (child) => void child.kill("SIGUSR2"),
  });
}

interface Program {
  readonly command: (configurationFile: string) => readonly [string, ...string[]];
  /** The second port is for whoever needs one more. */
  readonly configuration: (port: number, second: number) => string;
  readonly reload: (child: ChildProcess) => void;
}

function tlsServer(directory: string, program: Program): TlsServer {
  mkdirSync(directory, { recursive: true });
  const tls = issueTlsCertificates(new Date());
  writeFileSync(join(directory, "server.pem"), `${tls.serverCertificatePem}${tls.serverKeyPem}`);
  const file = join(directory, "configuration");
  let port = 0;
  const [name, ...args] = program.command(file);
  let child: ChildProcess | undefined;
  let printed = "";
  return {
    directory,
    start: async () => {
      // A free port may be taken before the server has it.
      for (let attempt = 0; attempt < 5; attempt++) {
        port = await freePort();
        writeFileSync(file, program.configuration(port, await freePort()));
        child = spawn(name, args, { stdio: ["ignore", "pipe", "pipe"] });
        for (const stream of [child.stdout, child.stderr])
          stream?.on("data", (chunk: Buffer) => void (printed += chunk.toString("utf8")));
        const isReady = listening(port, () => printed).then(() => true);
        if (await Promise.race([isReady, once(child, "exit").then(() => false)])) {
          // What answers is this one: another program on the port would have made it end.
          await setTimeout(200);
          if (child.exitCode === null) return;
        }
        isReady.catch(() => undefined);
      }
      throw new Error(`${name} does not start:\n${printed}`);
    },
    reload: async () => {
      if (child === undefined) throw new Error(`${name} was not started`);
      const before = await workersOf(child);
      program.reload(child);
      // Its new worker has read the files; the old one takes no new connection.
      const deadline = performance.now() + PATIENCE_MS;
      while ((await workersOf(child)).every((pid) => before.includes(pid))) {
        if (performance.now() > deadline) throw new Error(`${name} did not reload:\n${printed}`);
        await setTimeout(20);
      }
      await setTimeout(300);
      await listening(port, () => printed);
    },
    serves: async (certificateFile) => {
      const url = `https://127.0.0.1:${port}/`;
      const args = ["-sk", "-o", "/dev/null", "-w", "%{http_code}", "--cert", certificateFile, url];
      const { stdout } = await run("curl", args);
      return stdout === "204";
    },
    output: () => printed,
    stop: async () => {
      if (child?.exitCode !== null) return;
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    },
  };
}

async function workersOf({ pid }: ChildProcess): Promise<readonly string[]> {
  const { stdout } = await run("pgrep", ["-P", String(pid)]);
  return stdout.split("\n").filter((line) => line !== "");
}

async function listening(port: number, printed: () => string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await answers(port))) {
    if (performance.now() > deadline) throw new Error(`nobody listens:\n${printed()}`);
    await setTimeout(20);
  }
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  return new Promise((resolve) => {
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
  }).then((isOpen) => {
    socket.destroy();
    return isOpen === true;
  });
}

export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("no port is free");
  return address.port;
}
