import { basename, dirname, join } from "node:path";
import { AgentError, messageOf } from "../program/agent-error.ts";
import { errorCodeOf, type FileSystem } from "./file-system.ts";

/** Readable by the owner alone: all files with a key, or with traces of a token. */
export const PRIVATE_MODE = 0o600;
/** CA certificates and health are not secret. */
export const PUBLIC_MODE = 0o644;

/**
 * Replaces a file, or creates it. After a power cut at any instant the old or the new file is there, complete: written
 * beside it, fsync, rename, fsync of the directory.
 *
 * @throws AgentError naming the file and the reason
 */
export function replaceFileDurably(fileSystem: FileSystem, path: string, content: string, mode: number): void {
  explainingDiskErrors(path, () => {
    const temporaryPath = writeTemporaryFile(fileSystem, path, content, mode);
    try {
      fileSystem.renameSync(temporaryPath, path);
    } catch (error) {
      removeIfPresent(fileSystem, temporaryPath);
      throw error;
    }
    syncDirectory(fileSystem, dirname(path));
  });
}

/**
 * As `replaceFileDurably`, but never replaces another file: a hard link fails where a rename would overwrite.
 *
 * @returns false when such a file already exists
 * @throws AgentError naming the file and the reason
 */
export function createFileDurably(fileSystem: FileSystem, path: string, content: string, mode: number): boolean {
  return explainingDiskErrors(path, () => {
    const temporaryPath = writeTemporaryFile(fileSystem, path, content, mode);
    try {
      return linkOrRename(fileSystem, temporaryPath, path);
    } finally {
      removeIfPresent(fileSystem, temporaryPath);
      syncDirectory(fileSystem, dirname(path));
    }
  });
}

/** Some file systems have no hard links (FAT, some network mounts). There the name is checked first. */
const NO_HARD_LINKS: readonly (string | undefined)[] = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"];

/** Gives a complete file its name. @returns false when the name is already taken */
export function linkOrRename(fileSystem: FileSystem, from: string, to: string): boolean {
  try {
    fileSystem.linkSync(from, to);
    return true;
  } catch (error) {
    if (errorCodeOf(error) === "EEXIST") return false;
    if (!NO_HARD_LINKS.includes(errorCodeOf(error)) || kindOfFile(fileSystem, to) !== undefined) throw error;
    fileSystem.renameSync(from, to);
    return true;
  }
}

/** One name for each target, so that the next attempt finds and replaces what a crash left. */
function temporaryPathOf(path: string): string {
  return join(dirname(path), `.${basename(path)}${TEMPORARY_SUFFIX}`);
}

const TEMPORARY_SUFFIX = ".nodeseal-tmp";

/** Removes half-written files of a crash: they may hold a key. Called under the directory's lock. */
export function removeTemporaryFiles(fileSystem: FileSystem, directoryPath: string, except: string): void {
  const kept = basename(temporaryPathOf(except));
  const left = fileSystem
    .readdirSync(directoryPath)
    .filter((name) => name.startsWith(".") && name.endsWith(TEMPORARY_SUFFIX) && name !== kept);
  if (left.length === 0) return;
  explainingDiskErrors(directoryPath, () => {
    for (const name of left) removeIfPresent(fileSystem, join(directoryPath, name));
    syncDirectory(fileSystem, directoryPath);
  });
}

function writeTemporaryFile(fileSystem: FileSystem, path: string, content: string, mode: number): string {
  const temporaryPath = temporaryPathOf(path);
  removeIfPresent(fileSystem, temporaryPath);
  // Exclusive: never writes into an existing file, or through a link that another user put there.
  const descriptor = fileSystem.openSync(temporaryPath, "wx", mode);
  try {
    const bytes = Buffer.from(content, "utf8");
    for (let written = 0; written < bytes.length;) {
      written += fileSystem.writeSync(descriptor, bytes, written, bytes.length - written);
    }
    fileSystem.fsyncSync(descriptor);
  } catch (error) {
    fileSystem.closeSync(descriptor);
    removeIfPresent(fileSystem, temporaryPath);
    throw error;
  }
  fileSystem.closeSync(descriptor);
  return temporaryPath;
}

/** Makes renames, links and removals in the directory survive a power cut. */
export function syncDirectory(fileSystem: FileSystem, path: string): void {
  const descriptor = fileSystem.openSync(path, "r");
  try {
    fileSystem.fsyncSync(descriptor);
  } finally {
    fileSystem.closeSync(descriptor);
  }
}

export function removeIfPresent(fileSystem: FileSystem, path: string): void {
  try {
    fileSystem.unlinkSync(path);
  } catch (error) {
    if (errorCodeOf(error) !== "ENOENT") throw error;
  }
}

/** @throws AgentError when it exists but cannot be read */
export function readTextIfPresent(fileSystem: FileSystem, path: string): string | undefined {
  try {
    return fileSystem.readFileSync(path, "utf8");
  } catch (error) {
    if (errorCodeOf(error) === "ENOENT") return undefined;
    throw new AgentError(`cannot read ${path}: ${explanationOf(error)}`, { cause: error });
  }
}

export type FileKind = "file" | "symlink" | "directory" | "other";

export function kindOfFile(fileSystem: FileSystem, path: string): FileKind | undefined {
  const status = fileSystem.lstatSync(path, { throwIfNoEntry: false });
  if (status === undefined) return undefined;
  if (status.isSymbolicLink()) return "symlink";
  if (status.isFile()) return "file";
  return status.isDirectory() ? "directory" : "other";
}

/** Runs a function that writes. A disk error becomes one line with advice. */
export function explainingDiskErrors<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    if (errorCodeOf(error) === undefined) throw error;
    throw new AgentError(`cannot write ${path}: ${explanationOf(error)}`, { cause: error });
  }
}

const EXPLANATIONS: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full; free some space, then run this again",
  EDQUOT: "the disk quota is used up; free some space, then run this again",
  EROFS: "the file system is read-only; remount it writable, or choose another --dir",
  EACCES: "permission denied; run the agent as the user that owns the directory (usually root)",
  EPERM: "not permitted; run the agent as the user that owns the directory (usually root)",
  EIO: "the disk reports an input/output error; check the kernel log",
  ENOTDIR: "a part of the path is not a directory",
  EISDIR: "it is a directory",
  ELOOP: "too many symbolic links",
};

function explanationOf(error: unknown): string {
  return EXPLANATIONS[errorCodeOf(error) ?? ""] ?? messageOf(error);
}
