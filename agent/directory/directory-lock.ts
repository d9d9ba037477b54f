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
import { describeHolder, isHolderAlive } from "./lock-holder.ts";

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
    // Not another's, which found this process dead for a reason we do not see.
    if (readTextIfPresent(fileSystem, path) === ownHolder()) {
      explainingDiskErrors(path, () => removeIfPresent(fileSystem, path));
    }
  }
}

function ownHolder(): string {
  return describeHolder(process.pid);
}

/** Removes the files of processes that died while they took the lock, or replaced a stale one. */
function removeAbandonedFiles(fileSystem: FileSystem, directoryPath: string): void {
  for (const name of fileSystem.readdirSync(directoryPath)) {
    const pid = /^nodeseal\.lock\.(\d+)$/.exec(name)?.[1];
    const path = join(directoryPath, name);
    if (pid === undefined || isHolderAlive(pid, writtenAt(fileSystem, path))) continue;
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
      const holder = Buffer.from(ownHolder());
      fileSystem.writeSync(descriptor, holder, 0, holder.length);
      return linkOrRename(fileSystem, own, path);
    } finally {
      fileSystem.closeSync(descriptor);
      removeIfPresent(fileSystem, own);
    }
  });
  if (isTaken) return true;
  const holder = readTextIfPresent(fileSystem, path);
  if (holder !== undefined && isHolderAlive(holder, writtenAt(fileSystem, path))) return false;
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
    if (readTextIfPresent(fileSystem, away) !== stale) linkOrRename(fileSystem, away, path);
    removeIfPresent(fileSystem, away);
  });
}

function writtenAt(fileSystem: FileSystem, path: string): Date | undefined {
  const milliseconds = fileSystem.lstatSync(path, { throwIfNoEntry: false })?.mtimeMs;
  return milliseconds === undefined ? undefined : new Date(milliseconds);
}
