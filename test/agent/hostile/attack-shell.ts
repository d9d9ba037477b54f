import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { readAgentState } from "../../../agent/directory/agent-state.ts";
import { REAL_FILE_SYSTEM } from "../../../agent/directory/file-system.ts";
import { currentPath } from "../support/joined-node.ts";
import { assertWholePair, SCRIPT, type Ending } from "../support/shell-machine.ts";
import type { Sandbox } from "./sandbox.ts";

/** curl has 35 s, and the longest case is one request that never ends; the machine is shared. */
const LIMIT_MS = 90_000;

export async function runScript(
  shell: readonly string[],
  argv: readonly string[],
  { environment, workingDirectory }: Sandbox,
): Promise<Ending> {
  const [command = "sh", ...rest] = shell;
  const child = spawn(command, [...rest, SCRIPT, ...argv], {
    env: environment,
    cwd: workingDirectory,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: LIMIT_MS,
    killSignal: "SIGKILL",
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("latin1").on("data", (text: string) => (output.stdout += text));
  child.stderr.setEncoding("latin1").on("data", (text: string) => (output.stderr += text));
  const exitStatus = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { exitStatus, ...output };
}

/** Either it failed with one clear line, or what was spoiled is something it can do without. */
export function assertOneClearEnd(what: string, { exitStatus, stdout, stderr }: Ending, machine: Sandbox): void {
  machine.assertUntouched(what);
  assert.equal(existsSync(machine.marker), false, `${what}: a command of the service was run`);
  assert.notEqual(exitStatus, null, `${what}: it did not end`);
  assert.doesNotMatch(stdout + stderr, /[^\n\x20-\x7e]/, `${what}: it says what acts on a terminal`);
  const lines = stderr.trim().split("\n");
  const why = `${what}: ${exitStatus} ${stderr.slice(0, 2000)}`;
  if (exitStatus === 0) {
    assertWholePair(machine.directory);
    assert.ok(readAgentState(REAL_FILE_SYSTEM, machine.directory), why);
  } else {
    assert.ok(exitStatus === 1 || exitStatus === 3, why);
    assert.equal(lines.filter((line) => line.startsWith("nodeseal-join: ")).length, 1, why);
  }
  // Beside it there are notes of known words only, never what a shell, curl or openssl says of itself.
  const others = lines.filter(
    (line) =>
      line !== "" &&
      !/^(nodeseal-join: |this machine's clock differs |the service could not be told |waiting for an administrator: |nothing is due; |the certificate has expired: )/.test(
        line,
      ),
  );
  assert.deepEqual(others, [], why);
  assert.ok(
    lines.every((line) => line.length < 1200),
    `${what}: a line is very long`,
  );
  assert.deepEqual(
    readdirSync(machine.directory).filter(
      (name) => /tmp$|lock|nodeseal-join|[^\w.-]/.test(name) && !name.endsWith(".key.tmp"),
    ),
    [],
    why,
  );
}

/** For the next case: as if nothing had joined. */
export function hasJoined({ directory }: Sandbox): boolean {
  return existsSync(currentPath(directory));
}
