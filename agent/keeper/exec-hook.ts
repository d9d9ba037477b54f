import { spawn } from "node:child_process";
import { messageOf } from "../program/agent-error.ts";
import type { Clock } from "../program/clock.ts";
import { readAgentState, writeAgentState } from "../directory/agent-state.ts";
import { currentPathOf } from "../directory/certificate-directory.ts";
import { trustBundlePathOf } from "../directory/trust-bundle-file.ts";
import { withDirectoryLock } from "../directory/directory-lock.ts";
import type { EnrolledNode } from "../issuance/enrolled-node.ts";

export interface ExecHook {
  /** The command for `/bin/sh -c`. */
  readonly command: string;
  readonly timeoutSeconds: number;
}

/** How much of a hook's output is kept, for the log line about its failure. */
const KEPT_OUTPUT_CHARACTERS = 2000;
/** The time between SIGTERM and SIGKILL for a hook that takes too long. */
const GRACE_MILLISECONDS = 5000;

/** Whether the hook has not yet run for the current certificate. Also true after a crash between the two. */
export function isHookDue({ state, pair }: EnrolledNode): boolean {
  return state.hookDoneFor !== pair.leaf.serialNumber;
}

/**
 * Runs the hook, and records for which certificate it succeeded. The directory's lock is not held: a hook may ask for
 * the status, or start a program that renews.
 *
 * @returns the reason when it failed
 */
export async function runExecHook(hook: ExecHook, node: EnrolledNode, clock: Clock): Promise<string | undefined> {
  const failure = await runCommand(hook, environmentFor(node));
  if (failure !== undefined) return failure;
  const { fileSystem, path } = node.directory;
  await withDirectoryLock(fileSystem, path, clock, () => {
    // The state may have changed meanwhile.
    const state = readAgentState(fileSystem, path, node.state.companion);
    if (state !== undefined) writeAgentState(fileSystem, path, { ...state, hookDoneFor: node.pair.leaf.serialNumber });
    return Promise.resolve();
  });
  return undefined;
}

function environmentFor({ directory, pair, state }: EnrolledNode): Record<string, string> {
  return {
    NODESEAL_NODE: state.nodeName,
    NODESEAL_DIR: directory.path,
    NODESEAL_CERTIFICATE: currentPathOf(directory),
    NODESEAL_TRUST_BUNDLE: trustBundlePathOf(directory.path),
    NODESEAL_SERIAL_NUMBER: pair.leaf.serialNumber,
    NODESEAL_NOT_AFTER: pair.leaf.notAfter.toISOString(),
  };
}

/** @returns the reason when it failed */
export async function runCommand(
  { command, timeoutSeconds }: ExecHook,
  environment: Record<string, string>,
): Promise<string | undefined> {
  // A process group of its own, so that the time-out also ends the shell's children.
  const child = spawn("/bin/sh", ["-c", command], {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const seen = { output: "", timedOut: false };
  const keep = (chunk: Buffer): void => {
    seen.output = (seen.output + chunk.toString("utf8")).slice(-KEPT_OUTPUT_CHARACTERS);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const timer = setTimeout(() => {
    seen.timedOut = true;
    endGroup(child.pid, "SIGTERM");
  }, timeoutSeconds * 1000);
  const killer = setTimeout(() => endGroup(child.pid, "SIGKILL"), timeoutSeconds * 1000 + GRACE_MILLISECONDS);
  const ending = await new Promise<string | undefined>((resolve) => {
    child.once("error", (error) => resolve(`the hook could not be started: ${messageOf(error)}`));
    // Not "close": a background process of the hook may hold the pipes for ever.
    child.once("exit", (status, signal) =>
      resolve(status === 0 ? undefined : `the hook ended with ${signal ?? `status ${String(status)}`}`),
    );
  });
  clearTimeout(timer);
  clearTimeout(killer);
  child.stdout.destroy();
  child.stderr.destroy();
  // The shell's children may have ignored the first signal.
  if (seen.timedOut) endGroup(child.pid, "SIGKILL");
  if (seen.timedOut) return `the hook took longer than ${timeoutSeconds} s and was ended`;
  const lastLine = seen.output.trim().split("\n").at(-1) ?? "";
  return ending === undefined || lastLine === "" ? ending : `${ending}: ${lastLine}`;
}

function endGroup(pid: number | undefined, signal: "SIGTERM" | "SIGKILL"): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}
