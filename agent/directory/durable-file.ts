import { basename, dirname, join } from "node:path";
import { AgentError, messageOf } from "../program/agent-error.ts";
import { errorCodeOf, type FileSystem } from "./file-system.ts";

/** Readable by root alone: everything with a key or a token's traces in it. */
export const PRIVATE_MODE = 0o600;
/** Certificates of CAs and health are nobody's secret. */
export const PUBLIC_MODE = 0o644;

/**
 * Puts a whole file in the place of another, or of nothing. After a power cut at any instant the old one or the new one
 * is there, complete: written beside it, fsync, rename, fsync of the directory.
 *
 * @throws AgentError saying which file, and why
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
 * As `replaceFileDurably`, but never in the place of another file: a hard link fails where a rename would overwrite.
 *
 * @returns false when there is such a file already
 * @throws AgentError saying which file, and why
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

/** File systems without hard links exist (FAT, some network mounts); there the name is looked at first. */
const NO_HARD_LINKS: readonly (string | undefined)[] = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"];

/** Gives a complete file its name. @returns false when something has that name already */
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

/** One name for each target, so that what a crash leaves behind is found and replaced by the next attempt. */
function temporaryPathOf(path: string): string {
  return join(dirname(path), `.${basename(path)}${TEMPORARY_SUFFIX}`);
}

const TEMPORARY_SUFFIX = ".nodeseal-tmp";

/** Removes what a crash left half-written: it may hold a key. Called under the directory's lock. */
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
  // Exclusive: never into a file, or through a link, that somebody else put there.
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

/** @throws AgentError when it is there but cannot be read */
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

/** Runs something that writes; what the disk says against it becomes one line with advice. */
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
  EIO: "the disk reports an input/output error; look at the kernel log",
  ENOTDIR: "a part of the path is not a directory",
  EISDIR: "it is a directory",
  ELOOP: "too many symbolic links",
};

function explanationOf(error: unknown): string {
  return EXPLANATIONS[errorCodeOf(error) ?? ""] ?? messageOf(error);
}
