import { accessSync, constants, existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StartError, systemErrorCode } from "../loopback/start-error.ts";

export interface DataDirectory {
  /** Absolute. */
  readonly path: string;
  /** The absolute path of a file in it. */
  readonly file: (...names: string[]) => string;
  /** Releases the directory for another process. */
  readonly unlock: () => void;
}

/**
 * Makes the directory if needed (mode 0700), and locks it for this process until `unlock` or its end.
 *
 * The lock is SQLite's, on an empty file. The kernel releases it however the process dies, so there is no stale lock to
 * clear. Nor is there a process id that may belong to another process by now.
 *
 * @throws StartError when it cannot be made or written, or another process holds it
 */
export function openDataDirectory(path: string): DataDirectory {
  const absolute = resolve(path);
  try {
    makeDirectory(absolute);
    accessSync(absolute, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new StartError(`cannot write to the data directory ${absolute}: ${reasonOf(error)}`, { cause: error });
  }
  const lock = lockFile(join(absolute, "lock"), absolute);
  HELD.add(lock);
  const unlock = (): void => {
    if (HELD.delete(lock)) lock.close();
  };
  return { path: absolute, file: (...names) => join(absolute, ...names), unlock };
}

/** The garbage collector closes an unreferenced database, and its lock with it. So it is referenced here. */
const HELD = new Set<DatabaseSync>();

/** Node's own `recursive` loops for ever where the kernel reports ENOENT below an existing directory, as in /proc. */
function makeDirectory(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  if (!existsSync(dirname(path))) makeDirectory(dirname(path));
  mkdirSync(path, { mode: 0o700 });
}

function lockFile(path: string, directory: string): DatabaseSync {
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(path, { timeout: 0 });
    // No journal file beside it: nothing is ever written.
    lock.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
    return lock;
  } catch (error) {
    lock?.close();
    const isBusy = error instanceof Error && "errcode" in error && (Number(error.errcode) & 0xff) === SQLITE_BUSY;
    throw new StartError(
      isBusy
        ? `another nodeseal is running on ${directory}; stop it, or choose another --data-dir`
        : `cannot lock the data directory ${directory}: ${reasonOf(error)}`,
      { cause: error },
    );
  }
}

/** See sqlite.org/rescode.html. Bits above the lowest octet only add detail. */
const SQLITE_BUSY = 5;

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOTDIR: "a part of the path is not a directory",
  EEXIST: "it is a file, not a directory",
  ENOENT: "nothing can be made there",
  ENOSPC: "no space left on the device",
};

function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return REASONS[systemErrorCode(error) ?? ""] ?? message;
}
