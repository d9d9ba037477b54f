import { basename, dirname, join, resolve } from "node:path";
import { AgentError } from "../program/agent-error.ts";
import { parsePair, type CertificatePair } from "./certificate-pair.ts";
import {
  createFileDurably,
  explainingDiskErrors,
  ignoringNotSupported,
  isNotSupported,
  kindOfFile,
  PRIVATE_MODE,
  readTextIfPresent,
  removeIfPresent,
  renameOver,
  replaceFileDurably,
  syncDirectory,
} from "./durable-file.ts";
import { errorCodeOf, type FileSystem } from "./file-system.ts";

/** A directory in the kubelet's layout (K8.4). Several programs may keep files in it, each with its own prefix. */
export interface CertificateDirectory {
  readonly fileSystem: FileSystem;
  /** Absolute. The link in it is not: the directory may be moved, or be mounted elsewhere. */
  readonly path: string;
  readonly prefix: string;
}

export type CurrentPair =
  | { readonly state: "missing" }
  /** `why` completes a message after "…-current.pem: ". */
  | { readonly state: "broken"; readonly why: string }
  | { readonly state: "usable"; readonly pair: CertificatePair };

export function certificateDirectory(fileSystem: FileSystem, path: string, prefix: string): CertificateDirectory {
  return { fileSystem, path: resolve(path), prefix };
}

export function currentPathOf({ path, prefix }: CertificateDirectory): string {
  return join(path, `${prefix}-current.pem`);
}

function updatedPathOf({ path, prefix }: CertificateDirectory): string {
  return join(path, `${prefix}-updated.pem`);
}

/** @throws AgentError when the name is not a symbolic link, as for the kubelet, and no copy of a pair either */
export function readCurrentPair(directory: CertificateDirectory): CurrentPair {
  const path = currentPathOf(directory);
  assertCurrentIsOurs(directory);
  const { fileSystem } = directory;
  const moved = movedPairFile(directory);
  const pem = readTextIfPresent(fileSystem, moved === undefined ? path : join(directory.path, moved));
  if (pem === undefined) return { state: "missing" };
  const pair = parsePair(pem);
  return typeof pair === "string" ? { state: "broken", why: pair } : { state: "usable", pair };
}

export function makeDirectory({ fileSystem, path }: CertificateDirectory): void {
  explainingDiskErrors(path, () => makeWithParents(fileSystem, path));
}

/** Node's own `recursive` loops for ever where the kernel reports ENOENT below an existing directory, as in /proc. */
function makeWithParents(fileSystem: FileSystem, path: string): void {
  try {
    makeOne(fileSystem, path);
  } catch (error) {
    if (errorCodeOf(error) !== "ENOENT" || dirname(path) === path) throw error;
    makeWithParents(fileSystem, dirname(path));
    makeOne(fileSystem, path);
  }
}

const DIRECTORY_MODE = 0o755;

/** Another process may make it at the same time: that is no error. */
function makeOne(fileSystem: FileSystem, path: string): void {
  try {
    fileSystem.mkdirSync(path, { mode: DIRECTORY_MODE });
    // Whatever the umask: the trust bundle and the health file in it are for everybody.
    ignoringNotSupported(() => fileSystem.chmodSync(path, DIRECTORY_MODE));
  } catch (error) {
    if (errorCodeOf(error) !== "EEXIST") throw error;
    // Fails with ENOTDIR for a file, and follows links.
    fileSystem.readdirSync(path);
  }
}

/** Finishes a switch that a crash interrupted. Called under the lock, before anything is written. */
export function finishInterruptedSwitch(directory: CertificateDirectory): void {
  const { fileSystem, path } = directory;
  const updated = updatedPathOf(directory);
  assertCurrentIsOurs(directory);
  assertLinkOrNothing(directory, updated);
  const moved = movedPairFile(directory);
  if (moved !== undefined) switchCurrentPair(directory, moved);
  if (kindOfFile(fileSystem, updated) === undefined) return;
  // Unlike the kubelet, check first: a dangling link must not replace a working pair.
  const pem = readTextIfPresent(fileSystem, updated);
  explainingDiskErrors(updated, () => {
    if (pem !== undefined && typeof parsePair(pem) !== "string") {
      renameOver(fileSystem, updated, currentPathOf(directory));
    } else removeIfPresent(fileSystem, updated);
    syncDirectory(fileSystem, path);
  });
}

/**
 * The base name of the file that is current. Undefined when there is none, or it is in another directory.
 */
export function currentFileName(directory: CertificateDirectory): string | undefined {
  const { fileSystem, path } = directory;
  const kind = kindOfFile(fileSystem, currentPathOf(directory));
  if (kind === "file") return copiedPairFile(directory);
  if (kind !== "symlink") return undefined;
  const target = resolve(path, fileSystem.readlinkSync(currentPathOf(directory)));
  return pairFileNames(directory).find((name) => join(path, name) === target) ?? movedPairFile(directory);
}

/** Earlier versions made absolute links: after the directory was moved, they lead nowhere, but the file is here. */
function movedPairFile(directory: CertificateDirectory): string | undefined {
  const { fileSystem, path } = directory;
  const current = currentPathOf(directory);
  if (kindOfFile(fileSystem, current) !== "symlink") return undefined;
  const target = resolve(path, fileSystem.readlinkSync(current));
  if (dirname(target) === path || kindOfFile(fileSystem, target) !== undefined) return undefined;
  return pairFileNames(directory).find((name) => name === basename(target));
}

/** Where there are no symbolic links, the current pair is a copy of the file that would be linked. */
function copiedPairFile(directory: CertificateDirectory): string | undefined {
  const { fileSystem, path } = directory;
  const pem = readTextIfPresent(fileSystem, currentPathOf(directory));
  return pairFileNames(directory).find((name) => readTextIfPresent(fileSystem, join(path, name)) === pem);
}

/**
 * Writes the pair to its own file, durably. A crash after it leaves a file without a link, which the next attempt with
 * the same pair finds.
 *
 * @returns the base name
 */
export function writePairFile(directory: CertificateDirectory, pairPem: string, now: Date): string {
  const { fileSystem, path } = directory;
  const written = pairFileNames(directory).find((name) => readTextIfPresent(fileSystem, join(path, name)) === pairPem);
  if (written !== undefined) return written;
  // The name has a resolution of one second. An existing file is never overwritten, whoever wrote it.
  for (let seconds = 0; ; seconds++) {
    const name = pairFileName(directory, new Date(now.getTime() + seconds * 1000));
    if (createFileDurably(fileSystem, join(path, name), pairPem, PRIVATE_MODE)) return name;
  }
}

/**
 * Points `-current.pem` to the file, with a new link and a rename: readers see the old pair or the new one. Where there
 * are no symbolic links (FAT, shared folders), it becomes a copy of the file.
 */
export function switchCurrentPair(directory: CertificateDirectory, fileName: string): void {
  const { fileSystem, path } = directory;
  const updated = updatedPathOf(directory);
  explainingDiskErrors(updated, () => {
    removeIfPresent(fileSystem, updated);
    try {
      fileSystem.symlinkSync(fileName, updated);
    } catch (error) {
      if (!isNotSupported(error)) throw error;
      const pem = readTextIfPresent(fileSystem, join(path, fileName)) ?? "";
      return replaceFileDurably(fileSystem, currentPathOf(directory), pem, PRIVATE_MODE);
    }
    renameOver(fileSystem, updated, currentPathOf(directory));
    syncDirectory(fileSystem, path);
  });
}

/** Enough for diagnosis. Their keys are no longer of use to anybody. */
const KEPT_PAIRS = 5;

/**
 * Deletes all but the newest of the files this agent wrote. Other files are never deleted, whatever their names: a
 * kubelet may keep its own here.
 *
 * @param writtenNames oldest first
 * @returns the remaining ones, oldest first
 */
export function prunePairFiles(directory: CertificateDirectory, writtenNames: readonly string[]): readonly string[] {
  const { fileSystem, path } = directory;
  const present = pairFileNames(directory);
  const current = currentFileName(directory);
  const written = writtenNames.filter((name) => present.includes(name));
  const surplus = written.slice(0, Math.max(0, written.length - KEPT_PAIRS)).filter((name) => name !== current);
  explainingDiskErrors(path, () => surplus.forEach((name) => removeIfPresent(fileSystem, join(path, name))));
  return written.filter((name) => !surplus.includes(name));
}

function pairFileNames({ fileSystem, path, prefix }: CertificateDirectory): string[] {
  const start = `${prefix}-`;
  return fileSystem
    .readdirSync(path)
    .filter((name) => name.startsWith(start) && /^\d{4}(-\d\d){5}\.pem$/.test(name.slice(start.length)));
}

function pairFileName({ prefix }: CertificateDirectory, at: Date): string {
  const parts = [at.getMonth() + 1, at.getDate(), at.getHours(), at.getMinutes(), at.getSeconds()];
  const time = [String(at.getFullYear()), ...parts.map((part) => String(part).padStart(2, "0"))].join("-");
  return `${prefix}-${time}.pem`;
}

function assertCurrentIsOurs(directory: CertificateDirectory): void {
  const path = currentPathOf(directory);
  if (kindOfFile(directory.fileSystem, path) === "file" && copiedPairFile(directory) !== undefined) return;
  assertLinkOrNothing(directory, path);
}

function assertLinkOrNothing({ fileSystem }: CertificateDirectory, path: string): void {
  const kind = kindOfFile(fileSystem, path);
  if (kind === undefined || kind === "symlink") return;
  throw new AgentError(`${path} is a ${kind} where a symbolic link belongs; move it away, then run this again`);
}
