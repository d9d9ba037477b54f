import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A Node.js below 24, if this machine has one besides the pinned. */
export const OLDER_NODE = [
  "/usr/bin/node",
  "/usr/local/bin/node",
  ...(process.env["PATH"] ?? "").split(":").map((path) => join(path, "node")),
].find((path) => {
  const version = spawnSync(path, ["--version"], { encoding: "utf8" });
  return version.error === undefined && Number(/^v(\d+)/.exec(version.stdout)?.[1]) < 24;
});

/** Generous: a program that hangs fails, and not the whole run. */
const LIMIT_MS = 300_000;

export interface Output {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Somebody with an empty home and without this checkout. Paths have blanks in them, and the umask is strict. */
export class Stranger {
  readonly home = mkdtempSync(join(tmpdir(), "nodeseal stranger's "));
  readonly folder = join(this.home, "my folder");
  /** Where npm puts programs. */
  readonly bin = join(this.folder, "node_modules/.bin");
  private readonly node: string;

  /** @param node the Node.js that is found on the PATH */
  constructor(node = process.execPath) {
    this.node = node;
    mkdirSync(this.folder);
    writeFileSync(join(this.folder, "package.json"), '{"private": true}\n');
  }

  /** `npm install` of packages in files. Nothing is fetched. */
  install(...packages: readonly string[]): void {
    const { status, stderr } = this.run('npm install --offline --no-audit --no-fund --omit=optional "$@"', packages);
    if (status !== 0) throw new Error(stderr);
  }

  /** A command line in the folder; `$1` and so on are the arguments. */
  run(command: string, args: readonly string[] = [], environment: Readonly<Record<string, string>> = {}): Output {
    return spawnSync("sh", ["-c", `umask 077; ${command}`, "sh", ...args], {
      cwd: this.folder,
      encoding: "utf8",
      timeout: LIMIT_MS,
      env: { ...this.environment, ...environment },
    });
  }

  /** A program that stays, until what it prints matches. */
  async start(command: string, ready: RegExp): Promise<{ readonly process: ChildProcess; readonly printed: string }> {
    const child = spawn("sh", ["-c", `umask 077; exec ${command}`], {
      cwd: this.folder,
      env: this.environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let printed = "";
    const isReady = Promise.withResolvers<undefined>();
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => {
        printed += chunk.toString();
        if (ready.test(printed)) isReady.resolve(undefined);
      });
    child.once("exit", () => isReady.reject(new Error(`${command} ended:\n${printed}`)));
    await isReady.promise;
    return { process: child, printed };
  }

  leave(): void {
    rmSync(this.home, { recursive: true, force: true });
  }

  private get environment(): Record<string, string> {
    return { HOME: this.home, PATH: [dirname(this.node), "/usr/local/bin", "/usr/bin", "/bin"].join(":") };
  }
}

/** SIGTERM; resolves to the exit status. */
export async function stopped(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  await exited;
  return child.exitCode;
}
