import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TEST_RUN } from "./test-run.ts";

export const PROJECT = join(import.meta.dirname, "../..");
/** The pinned Node is what npm scripts find first on their PATH. */
export const PINNED_PATH = `${join(PROJECT, "node_modules/.bin")}:${process.env["PATH"] ?? ""}`;

export interface LocalService {
  readonly url: string;
  readonly dataDirectory: string;
  /** The line below "nodeseal ready". */
  readonly joinCommand: string;
  /** What `<data-dir>/env` exports. */
  readonly environment: Readonly<Record<string, string>>;
  /** Everything printed so far, both streams. */
  readonly output: () => string;
  readonly process: ChildProcess;
  /** SIGTERM; resolves to the exit status. */
  readonly stop: () => Promise<number | null>;
  /** SIGKILL, as a power cut would. */
  readonly kill: () => Promise<void>;
}

export interface LocalServiceOptions {
  readonly dataDirectory?: string;
  readonly arguments?: readonly string[];
  readonly port?: number;
  /** Of a service that no default deployment could be: its calls are not held against the policies of one. */
  readonly isUnlikeDefault?: boolean;
  /** Besides this process's own. */
  readonly environment?: Readonly<Record<string, string>>;
}

const START_TIMEOUT_MS = 240_000;

/** `npm start`, or the same with what ships in place of the sources: test/run.ts sets which. */
export const areBundles = process.env["NODESEAL_TEST_FUNCTIONS"] === "bundles";
/** Bundles are recorded on the wire, by the process that loads them. */
const isRecorded = !areBundles && process.env[TEST_RUN] !== undefined;
const PROGRAM = areBundles ? "test/support/deployed/main.ts" : "bin/nodeseal-local.js";

/** The service as `npm start` runs it, in a process of its own, on a free port. */
export async function startLocalService(options: LocalServiceOptions = {}): Promise<LocalService> {
  const dataDirectory = options.dataDirectory ?? newDirectory();
  const args = [
    ...(isRecorded && options.isUnlikeDefault !== true
      ? ["--import", join(PROJECT, "test/support/iam/record-sources.ts")]
      : []),
    PROGRAM,
    "--port",
    String(options.port ?? 0),
    "--data-dir",
    dataDirectory,
    ...(options.arguments ?? []),
  ];
  const child = spawn("node", args, {
    cwd: PROJECT,
    env: {
      ...process.env,
      PATH: PINNED_PATH,
      ...(isRecorded ? { NODESEAL_KEY_FILE: join(dataDirectory, "kms.json") } : {}),
      ...options.environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  const note = (chunk: Buffer): void => {
    printed += chunk.toString("utf8");
  };
  child.stdout.on("data", note);
  child.stderr.on("data", note);
  await ready(child, () => printed);
  const [, url = "", joinCommand = ""] = /^nodeseal ready (\S+)\n(.*)\n/m.exec(printed) ?? [];
  return {
    url,
    dataDirectory,
    joinCommand: joinCommand.trim(),
    environment: readEnvironmentFile(join(dataDirectory, "env")),
    output: () => printed,
    process: child,
    stop: () => end(child, "SIGTERM"),
    kill: async () => {
      await end(child, "SIGKILL");
    },
  };
}

async function ready(child: ChildProcess, printed: () => string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!/^nodeseal ready \S+\n.+\n/m.test(printed())) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`the service did not start:\n${printed()}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, "exit");
    child.kill(signal);
    await exited;
  }
  return child.exitCode;
}

function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "nodeseal-test-"));
  process.once("exit", () => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** `export NAME='value'` lines. */
function readEnvironmentFile(file: string): Record<string, string> {
  const lines = readFileSync(file, "utf8").matchAll(/^export (\w+)='([^']*)'$/gm);
  return Object.fromEntries(Array.from(lines, ([, name = "", value = ""]) => [name, value]));
}
