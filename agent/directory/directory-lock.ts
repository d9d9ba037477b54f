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

/** Longer than one request may take, shorter than anybody's patience. */
const LONGEST_WAIT_MILLISECONDS = 60_000;
const POLL_MILLISECONDS = 250;

/**
 * Runs one act at a time in a directory. Two agents that renew at once would each present a certificate the other has
 * just replaced, and the service would report a copied disk.
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

/** What processes left that died while they took the lock, or found it stale. */
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
    // Complete before it has the name: an empty lock would look like a dead process's.
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

/** Moves it away before looking once more: of two processes that found it stale only one can move it. */
function removeStaleLock(fileSystem: FileSystem, path: string, stale: string | undefined): void {
  const away = `${path}.${process.pid}`;
  explainingDiskErrors(path, () => {
    try {
      fileSystem.renameSync(path, away);
    } catch (error) {
      if (errorCodeOf(error) === "ENOENT") return;
      throw error;
    }
    // Somebody else's new lock, taken between our look and our move: give it back.
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
    // EPERM: it lives, and belongs to somebody else.
    if (errorCodeOf(error) !== "EPERM") return false;
  }
  const now = incarnationOf(pid);
  return incarnation === "" || now === undefined || incarnation === now;
}

/**
 * Tells a process from a later one with the same number: boot and start time. The same unit gets the same number at
 * every boot of a machine image. Undefined where there is no /proc.
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
