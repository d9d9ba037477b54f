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
      renameOver(fileSystem, temporaryPath, path);
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

/** What file systems say of things they do not have (FAT, shared folders, some network mounts). */
const NOT_SUPPORTED: readonly string[] = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"];

/** Whether the file system has no such thing: hard links, symbolic links, modes. */
export function isNotSupported(error: unknown): boolean {
  return NOT_SUPPORTED.includes(errorCodeOf(error) ?? "");
}

/** Gives a complete file its name. @returns false when the name is already taken */
export function linkOrRename(fileSystem: FileSystem, from: string, to: string): boolean {
  try {
    fileSystem.linkSync(from, to);
    return true;
  } catch (error) {
    if (errorCodeOf(error) === "EEXIST") return false;
    if (!isNotSupported(error)) throw error;
    // Without hard links the name is checked first.
    if (kindOfFile(fileSystem, to) !== undefined) return false;
    fileSystem.renameSync(from, to);
    return true;
  }
}

const ASIDE_SUFFIX = ".nodeseal-old";

/**
 * Gives a complete file its name, in place of the file that has it. Some network mounts do not rename over a file: there
 * the old one is moved aside, and `removeTemporaryFiles` moves it back if a crash came between.
 */
export function renameOver(fileSystem: FileSystem, from: string, to: string): void {
  try {
    fileSystem.renameSync(from, to);
  } catch (error) {
    const isRefused = errorCodeOf(error) === "EEXIST" || isNotSupported(error);
    const kind = kindOfFile(fileSystem, to);
    if (!isRefused || (kind !== "file" && kind !== "symlink")) throw error;
    const aside = asidePathOf(to);
    removeIfPresent(fileSystem, aside);
    fileSystem.renameSync(to, aside);
    try {
      fileSystem.renameSync(from, to);
    } catch (second) {
      fileSystem.renameSync(aside, to);
      throw second;
    }
    removeIfPresent(fileSystem, aside);
  }
}

function asidePathOf(path: string): string {
  return join(dirname(path), `.${basename(path)}${ASIDE_SUFFIX}`);
}

/** One name for each target, so that the next attempt finds and replaces what a crash left. */
function temporaryPathOf(path: string): string {
  return join(dirname(path), `.${basename(path)}${TEMPORARY_SUFFIX}`);
}

const TEMPORARY_SUFFIX = ".nodeseal-tmp";

/** Removes half-written files of a crash: they may hold a key. Called under the directory's lock. */
export function removeTemporaryFiles(fileSystem: FileSystem, directoryPath: string, except: string): void {
  restoreFilesMovedAside(fileSystem, directoryPath);
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

function restoreFilesMovedAside(fileSystem: FileSystem, directoryPath: string): void {
  for (const name of fileSystem.readdirSync(directoryPath)) {
    if (!name.startsWith(".") || !name.endsWith(ASIDE_SUFFIX)) continue;
    const [aside, path] = [join(directoryPath, name), join(directoryPath, name.slice(1, -ASIDE_SUFFIX.length))];
    explainingDiskErrors(path, () => {
      if (kindOfFile(fileSystem, path) === undefined) fileSystem.renameSync(aside, path);
      else removeIfPresent(fileSystem, aside);
    });
  }
}

function writeTemporaryFile(fileSystem: FileSystem, path: string, content: string, mode: number): string {
  const temporaryPath = temporaryPathOf(path);
  removeIfPresent(fileSystem, temporaryPath);
  // Exclusive: never writes into an existing file, or through a link that another user put there.
  const descriptor = fileSystem.openSync(temporaryPath, "wx", mode);
  try {
    // The mode of open(2) is cut by the umask, and the shipped units have 0077: others could not read public files.
    ignoringNotSupported(() => fileSystem.fchmodSync(descriptor, mode));
    const bytes = Buffer.from(content, "utf8");
    for (let written = 0; written < bytes.length;) {
      written += fileSystem.writeSync(descriptor, bytes, written, bytes.length - written);
    }
    syncDescriptor(fileSystem, descriptor);
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
    syncDescriptor(fileSystem, descriptor);
  } finally {
    fileSystem.closeSync(descriptor);
  }
}

/** Some file systems cannot fsync, directories above all (EINVAL). What they promise is then all there is. */
function syncDescriptor(fileSystem: FileSystem, descriptor: number): void {
  try {
    fileSystem.fsyncSync(descriptor);
  } catch (error) {
    if (errorCodeOf(error) !== "EINVAL" && !isNotSupported(error)) throw error;
  }
}

/** Runs what some file systems do not have, such as modes. */
export function ignoringNotSupported(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!isNotSupported(error)) throw error;
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
