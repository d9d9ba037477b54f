import { spawn } from "node:child_process";
import { once } from "node:events";
import { run, type CommandResult } from "./command.ts";
import { PINNED_PATH, PROJECT } from "./local-service.ts";

/** An agent as a program: what the tests of every signer drive. Another agent with the same options can take its place. */
export interface SigningAgent {
  readonly name: string;
  readonly command: readonly string[];
  /** Whether it stays and renews by itself (`run`), and tells its `status`. */
  readonly stays: boolean;
}

export const NODE_AGENT: SigningAgent = {
  name: "nodeseal-agent",
  command: ["node", "bin/nodeseal-agent.js"],
  stays: true,
};

export const SHELL_AGENTS: readonly SigningAgent[] = [["dash"], ["bash"], ["busybox", "sh"]].map((shell) => ({
  name: `nodeseal-join.sh in ${shell.join(" ")}`,
  command: [...shell, "agent/nodeseal-join.sh"],
  stays: false,
}));

export function runAgent(
  { command: [program = "", ...first] }: SigningAgent,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<CommandResult> {
  return run(program, [...first, ...args], { environment });
}

/** Starts `run`, waits until its log has what is waited for, and stops it. @returns its log */
export async function runUntil(
  { command: [program = "", ...first] }: SigningAgent,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  seen: RegExp,
): Promise<string> {
  const child = spawn(program, [...first, "run", ...args], {
    cwd: PROJECT,
    env: { ...process.env, PATH: PINNED_PATH, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
  let log = "";
  const note = (chunk: Buffer): void => {
    log += chunk.toString("utf8");
    if (seen.test(log)) child.kill("SIGTERM");
  };
  child.stdout.on("data", note);
  child.stderr.on("data", note);
  await once(child, "close");
  clearTimeout(timer);
  if (!seen.test(log)) throw new Error(`${String(seen)} never came:\n${log}`);
  return log;
}

const PATIENCE_MS = 60_000;
