import { accessSync, constants, existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StartError, systemErrorCode } from "../loopback/start-error.ts";

export interface DataDirectory {
  /** Absolute. */
  readonly path: string;
  /** The absolute path of a file in it. */
  readonly file: (...names: string[]) => string;
  /** Lets another process have it. */
  readonly unlock: () => void;
}

/**
 * Makes the directory if need be (mode 0700), and holds it for this process alone until `unlock` or the process' end.
 *
 * The lock is SQLite's, on an empty file: the kernel gives it back however the process dies, so there is no stale lock
 * to clear by hand and no process id that may belong to somebody else by now.
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

/** A database that nobody refers to is closed by the garbage collector, and its lock is gone: so refer to it here. */
const HELD = new Set<DatabaseSync>();

/** Node's own `recursive` never ends where the kernel says ENOENT for a child of a directory that is there, as in /proc. */
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

/** sqlite.org/rescode.html; what is above the lowest octet only says more. */
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
