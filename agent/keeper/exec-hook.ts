import { spawn } from "node:child_process";
import { messageOf } from "../program/agent-error.ts";
import type { Clock } from "../program/clock.ts";
import { writeAgentState } from "../directory/agent-state.ts";
import { currentPathOf } from "../directory/certificate-directory.ts";
import { trustBundlePathOf } from "../directory/trust-bundle-file.ts";
import { withDirectoryLock } from "../directory/directory-lock.ts";
import { readEnrolledNode, type EnrolledNode } from "../issuance/enrolled-node.ts";

export interface ExecHook {
  /** For `/bin/sh -c`. */
  readonly command: string;
  readonly timeoutSeconds: number;
}

/** What is kept of a hook's output, for the log line that says it failed. */
const KEPT_OUTPUT_CHARACTERS = 2000;
/** Between asking a hook to end, and ending it. */
const GRACE_MILLISECONDS = 5000;

/** Whether the hook has still to hear of the current certificate. Also true after a crash between the two. */
export function isHookDue({ state, pair }: EnrolledNode): boolean {
  return state.hookDoneFor !== pair.leaf.serialNumber;
}

/**
 * Runs the hook, and notes for which certificate it succeeded. Not under the directory's lock: a hook may ask for the
 * status, or start something that renews.
 *
 * @returns in words why it failed
 */
export async function runExecHook(hook: ExecHook, node: EnrolledNode, clock: Clock): Promise<string | undefined> {
  const failure = await runCommand(hook, environmentFor(node));
  if (failure !== undefined) return failure;
  const { fileSystem, path } = node.directory;
  await withDirectoryLock(fileSystem, path, clock, () => {
    // What is noted may have changed meanwhile.
    const { state } = readEnrolledNode(fileSystem, path);
    writeAgentState(fileSystem, path, { ...state, hookDoneFor: node.pair.leaf.serialNumber });
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

async function runCommand(
  { command, timeoutSeconds }: ExecHook,
  environment: Record<string, string>,
): Promise<string | undefined> {
  // A group of its own, so that the time-out also ends what the shell started.
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
    // Not "close": something it left in the background may hold the pipes for ever.
    child.once("exit", (status, signal) =>
      resolve(status === 0 ? undefined : `the hook ended with ${signal ?? `status ${String(status)}`}`),
    );
  });
  clearTimeout(timer);
  clearTimeout(killer);
  child.stdout.destroy();
  child.stderr.destroy();
  // What the shell started may have ignored the first signal.
  if (seen.timedOut) endGroup(child.pid, "SIGKILL");
  if (seen.timedOut) return `the hook took longer than ${timeoutSeconds} s and was ended`;
  const lastLine = seen.output.trim().split("\n").at(-1) ?? "";
  return ending === undefined || lastLine === "" ? ending : `${ending}: ${lastLine}`;
}

function endGroup(pid: number | undefined, signal: "SIGTERM" | "SIGKILL"): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // It has ended in the meantime.
  }
}
