import { spawn } from "node:child_process";

export interface ProgramRun {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly timeoutMs?: number;
}

/** Runs a program beside the service in this process: nothing may block. */
export async function runProgram(
  path: string,
  args: readonly string[],
  { environment = {}, input = "", timeoutMs = 240_000 }: RunOptions = {},
): Promise<ProgramRun> {
  const child = spawn(path, args, {
    env: { PATH: process.env["PATH"] ?? "", ...environment },
    timeout: timeoutMs,
    stdio: ["pipe", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status) => resolve({ status, stdout, stderr }));
  });
}
