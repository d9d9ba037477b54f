import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { runCommandLine } from "../../../cli/command-line.ts";
import type { Screen } from "../../../cli/output/screen.ts";
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

/** Not a terminal, and nobody reads along. */
const PIPE = { isTerminal: false, columns: 80, hasColour: false };

/**
 * Runs the command line as cli/main.ts does, with its output going into pipes: in this process, where nothing asks for
 * the process itself. Starting one costs more than most commands do.
 */
export async function runCli(args: readonly string[], environment: Environment): Promise<CliResult> {
  if (isForOwnProcess(args, environment)) return runCliProcess(args, environment);
  let [stdout, stderr] = ["", ""];
  const screen: Screen = {
    ...PIPE,
    write: (text) => void (stdout += text),
    note: (line) => void (stderr += `${line}\n`),
  };
  const status = await runCommandLine(args, { environment, clock: () => new Date(), screen });
  return { status, stdout, stderr };
}

/**
 * Node.js reads its own variables when it starts. And without an access key in hand, a signed command asks the SDK, which
 * reads the environment of its process.
 */
function isForOwnProcess([group]: readonly string[], environment: Environment): boolean {
  const isForNode = Object.keys(environment).some((name) => name.startsWith("NODE_"));
  const hasAccessKey = environment["AWS_ACCESS_KEY_ID"] && environment["AWS_SECRET_ACCESS_KEY"];
  return isForNode || (!hasAccessKey && group !== "policy");
}

/** Runs the command line in a process of its own, its output going into pipes. */
export function runCliProcess(args: readonly string[], environment: Environment): Promise<CliResult> {
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

/**
 * Runs the command line in a pseudo-terminal of this width.
 *
 * @param typed what somebody types when the question stands there
 */
export async function runInTerminal(
  args: readonly string[],
  environment: Environment,
  columns = 200,
  typed?: string,
): Promise<TerminalResult> {
  const command = ["exec", ...CLI_COMMAND, ...args].map(shellQuoted).join(" ");
  const { status, stdout } = await runProcess(
    "script",
    ["--quiet", "--return", "--command", `stty cols ${columns} rows 50; ${command}`, "/dev/null"],
    { TERM: "xterm-256color", SHELL: "/bin/sh", ...environment },
    typed,
  );
  const screen = stdout.replaceAll("\r\n", "\n");
  return { status, screen, withoutColour: stripVTControlCharacters(screen) };
}

const QUESTION = "Go on? [y/N] ";

function runProcess(
  command: string,
  args: readonly string[],
  environment: Environment,
  typed?: string,
): Promise<CliResult> {
  return new Promise((resolve, reject) => {
    const stdin = typed === undefined ? "ignore" : "pipe";
    const child = spawn(command, args, { cwd: PROJECT, env: environment, stdio: [stdin, "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      const wasAsked = stdout.includes(QUESTION);
      stdout += text;
      if (!wasAsked && stdout.includes(QUESTION)) child.stdin?.write(typed ?? "");
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => void (stderr += text));
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, stdout, stderr }));
  });
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
