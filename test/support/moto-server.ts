import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { dynamoDbClientFor, freePort, type DynamoDbServer } from "./dynamodb-servers.ts";

/** An AWS for tests, written by other people and with nothing in it. */
export interface MotoServer extends DynamoDbServer {
  readonly url: string;
}

/** A key and a certificate for it, where it is to be asked through TLS. */
export interface MotoTls {
  readonly certificateFile: string;
  readonly keyFile: string;
}

const INSTALL = join(import.meta.dirname, "../moto/install");
const SERVE = join(import.meta.dirname, "../moto/serve.py");
const IS_MANDATORY = process.env["CI"] !== undefined;

/** Why moto's server cannot run on this machine; undefined when it can. In CI it must, and is installed. */
export function whyNoMoto(): string | undefined {
  if (IS_MANDATORY || existsSync(join(motoDirectory(), "installed"))) return undefined;
  return "moto is not installed; test/moto/install does it once, with python3 and from PyPI";
}

const START_MILLISECONDS = 60_000;

export async function startMoto(tls?: MotoTls): Promise<MotoServer> {
  const port = await freePort();
  const server = spawn(
    join(motoDirectory(), "bin/python"),
    [SERVE, String(port), ...(tls === undefined ? [] : [tls.certificateFile, tls.keyFile])],
    { stdio: "ignore" },
  );
  const exited = once(server, "exit");
  const url = `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}`;
  const client = dynamoDbClientFor(url);
  const close = async (): Promise<void> => {
    client.destroy();
    server.kill("SIGKILL");
    await exited;
  };
  try {
    await whenListening(port, server);
  } catch (error) {
    await close();
    throw error;
  }
  return { client, url, close };
}

function motoDirectory(): string {
  const { stdout, status } = spawnSync(INSTALL, IS_MANDATORY ? [] : ["--where"], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (status !== 0) throw new Error("moto could not be installed");
  return stdout.trim();
}

async function whenListening(port: number, server: ChildProcess): Promise<void> {
  const giveUpAt = Date.now() + START_MILLISECONDS;
  for (;;) {
    const socket = connect(port, "127.0.0.1");
    try {
      await once(socket, "connect");
      return;
    } catch (error) {
      if (server.exitCode !== null || Date.now() > giveUpAt) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    } finally {
      socket.destroy();
    }
  }
}
