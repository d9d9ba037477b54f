import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AgentError } from "../program/agent-error.ts";
import type { Clock } from "../program/clock.ts";
import {
  explainingDiskErrors,
  linkOrRename,
  PRIVATE_MODE,
  readTextIfPresent,
  removeIfPresent,
} from "./durable-file.ts";
import { errorCodeOf, type FileSystem } from "./file-system.ts";

/** Longer than one request takes, shorter than people would wait. */
const LONGEST_WAIT_MILLISECONDS = 60_000;
const POLL_MILLISECONDS = 250;

/**
 * Runs one action at a time in a directory. If two agents renewed at once, each would present a certificate that the
 * other has just replaced, and the service would report a copied disk.
 *
 * @throws AgentError when another process keeps the lock for a minute
 */
export async function withDirectoryLock<T>(
  fileSystem: FileSystem,
  directoryPath: string,
  clock: Clock,
  act: () => Promise<T>,
): Promise<T> {
  const path = join(directoryPath, "nodeseal.lock");
  for (let waited = 0; !takeLock(fileSystem, path); waited += POLL_MILLISECONDS) {
    if (waited >= LONGEST_WAIT_MILLISECONDS) {
      const holder = readTextIfPresent(fileSystem, path)?.split(" ", 1)[0] ?? "unknown";
      throw new AgentError(
        `another nodeseal-agent (process ${holder}) is at work in ${directoryPath}; run this again later`,
      );
    }
    await clock.sleep(POLL_MILLISECONDS);
  }
  try {
    removeAbandonedFiles(fileSystem, directoryPath);
    return await act();
  } finally {
    explainingDiskErrors(path, () => removeIfPresent(fileSystem, path));
  }
}

/** Removes the files of processes that died while they took the lock, or replaced a stale one. */
function removeAbandonedFiles(fileSystem: FileSystem, directoryPath: string): void {
  for (const name of fileSystem.readdirSync(directoryPath)) {
    const pid = /^nodeseal\.lock\.(\d+)$/.exec(name)?.[1];
    if (pid === undefined || isAlive(pid)) continue;
    const path = join(directoryPath, name);
    explainingDiskErrors(path, () => removeIfPresent(fileSystem, path));
  }
}

function takeLock(fileSystem: FileSystem, path: string): boolean {
  const isTaken = explainingDiskErrors(path, () => {
    // Written completely before it gets the name: an empty lock would seem a dead process's.
    const own = `${path}.${process.pid}`;
    removeIfPresent(fileSystem, own);
    const descriptor = fileSystem.openSync(own, "wx", PRIVATE_MODE);
    try {
      const holder = Buffer.from(`${process.pid} ${incarnationOf(process.pid) ?? ""}\n`);
      fileSystem.writeSync(descriptor, holder, 0, holder.length);
      return linkOrRename(fileSystem, own, path);
    } finally {
      fileSystem.closeSync(descriptor);
      removeIfPresent(fileSystem, own);
    }
  });
  if (isTaken) return true;
  const holder = readTextIfPresent(fileSystem, path);
  if (holder !== undefined && isAlive(holder)) return false;
  removeStaleLock(fileSystem, path, holder);
  return false;
}

/** Moves the stale lock away before checking it again: of two processes that found it stale, only one can move it. */
function removeStaleLock(fileSystem: FileSystem, path: string, stale: string | undefined): void {
  const away = `${path}.${process.pid}`;
  explainingDiskErrors(path, () => {
    try {
      fileSystem.renameSync(path, away);
    } catch (error) {
      if (errorCodeOf(error) === "ENOENT") return;
      throw error;
    }
    // If another process took the lock since the check, its new lock was moved: give it back.
    if (readTextIfPresent(fileSystem, away) !== stale) fileSystem.linkSync(away, path);
    removeIfPresent(fileSystem, away);
  });
}

function isAlive(holder: string): boolean {
  const [pidText = "", incarnation = ""] = holder.trim().split(" ");
  const pid = Number(pidText);
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: the process is alive, and belongs to another user.
    if (errorCodeOf(error) !== "EPERM") return false;
  }
  const now = incarnationOf(pid);
  return incarnation === "" || now === undefined || incarnation === now;
}

/**
 * Distinguishes a process from a later one with the same number, by boot and start time: a unit of a machine image gets
 * the same number at every boot. Undefined where there is no /proc.
 */
function incarnationOf(pid: number): string | undefined {
  try {
    const bootId = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    // Field 22 of proc_pid_stat(5), counted after the name, which may hold spaces and parentheses.
    const status = readFileSync(`/proc/${pid}/stat`, "utf8");
    const startTime = status.slice(status.lastIndexOf(")") + 2).split(" ")[19];
    return startTime === undefined ? undefined : `${bootId}/${startTime}`;
  } catch {
    return undefined;
  }
}
