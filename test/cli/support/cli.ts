import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { ACCESS_KEY, REGION, type AdminServer } from "./admin-server.ts";

const PROJECT = join(import.meta.dirname, "../../..");
/** With the pinned Node.js the launcher starts no second process; it keeps the compiled code for the next start. */
export const CLI_COMMAND = [join(PROJECT, "node_modules/.bin/node"), join(PROJECT, "bin/nodeseal.js")] as const;

export interface CliResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export type Environment = Readonly<Record<string, string>>;

/** What sourcing `<data-dir>/env` gives, and nothing of the machine's own. */
export function environmentOf(server: AdminServer): Environment {
  return {
    PATH: process.env["PATH"] ?? "",
    HOME: server.directory,
    // Without a network a machine that is no EC2 instance would wait for one to say so.
    AWS_EC2_METADATA_DISABLED: "true",
    NODESEAL_URL: server.url,
    NODESEAL_CA_FILE: server.caFile,
    AWS_ACCESS_KEY_ID: ACCESS_KEY.accessKeyId,
    AWS_SECRET_ACCESS_KEY: ACCESS_KEY.secretAccessKey,
    AWS_REGION: REGION,
  };
}

/** Runs the command line in a process of its own, its output going into pipes. */
export function runCli(args: readonly string[], environment: Environment): Promise<CliResult> {
  const [node, main] = CLI_COMMAND;
  return runProcess(node, [main, ...args], environment);
}

/** For the `skip` option. In CI the tool must be there. */
export const TERMINAL_SKIP: string | false =
  spawnSync("script", ["--version"]).status !== 0 && process.env["CI"] === undefined
    ? "script (util-linux) is not on this machine"
    : false;

export interface TerminalResult {
  readonly status: number | null;
  /** What stood on the screen, lines ended by \n, colours included. */
  readonly screen: string;
  readonly withoutColour: string;
}

/** Runs the command line in a pseudo-terminal of this width. */
export async function runInTerminal(
  args: readonly string[],
  environment: Environment,
  columns = 200,
): Promise<TerminalResult> {
  const command = ["exec", ...CLI_COMMAND, ...args].map(shellQuoted).join(" ");
  const { status, stdout } = await runProcess(
    "script",
    ["--quiet", "--return", "--command", `stty cols ${columns} rows 50; ${command}`, "/dev/null"],
    { TERM: "xterm-256color", SHELL: "/bin/sh", ...environment },
  );
  const screen = stdout.replaceAll("\r\n", "\n");
  return { status, screen, withoutColour: stripVTControlCharacters(screen) };
}

function runProcess(command: string, args: readonly string[], environment: Environment): Promise<CliResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: PROJECT, env: environment, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => void (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => void (stderr += text));
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, stdout, stderr }));
  });
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
