import { spawn } from "node:child_process";
import { PINNED_PATH, PROJECT } from "./local-service.ts";
import { WITHOUT_SYSTEM_CAS } from "./openssl.ts";

export interface CommandResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: string;
}

const TIMEOUT_MS = 240_000;

/** Runs a program to its end, as somebody outside would. Never rejects for a status. */
export function run(command: string, args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? PROJECT,
      env: { ...process.env, PATH: PINNED_PATH, ...WITHOUT_SYSTEM_CAS, ...options.environment },
    });
    // A program that hangs is a failure of its own, not of the whole run.
    const timer = setTimeout(() => child.kill("SIGKILL"), TIMEOUT_MS);
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => void (stdout += chunk.toString("utf8")));
    child.stderr.on("data", (chunk: Buffer) => void (stderr += chunk.toString("utf8")));
    child.on("error", reject);
    child.on("close", (status) => {
      clearTimeout(timer);
      resolve({ status, stdout, stderr });
    });
    // A program that is done, or reads nothing, may have closed it already.
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.input ?? "");
  });
}
