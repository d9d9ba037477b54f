import { basename, dirname, join, resolve } from "node:path";
import type { FileSystem } from "../../../agent/directory/file-system.ts";

interface Inode {
  readonly kind: "file" | "symlink";
  /** What readers see. */
  content: string;
  /** What is surely there after a power cut. */
  durable: string;
}

type Directory = Map<string, Inode>;

/** A change of a directory that may still be lost. */
interface Entry {
  readonly path: string;
  readonly inode: Inode | undefined;
}

export class PowerCut extends Error {}

/**
 * A disk in memory that forgets, when the power is cut, what nobody asked it to keep: contents that were not fsynced are
 * cut off or empty, and of the changes to directories since their last fsync only some of the first survive, as in a
 * journal.
 */
export class PowerCutDisk {
  #directories = new Map<string, Directory>();
  #durable = new Map<string, Directory>();
  #journal: Entry[] = [];
  #open = new Map<number, { inode?: Inode; directory?: string }>();
  #nextDescriptor = 100;
  #stepsLeft = Infinity;
  /** Changes so far. */
  steps = 0;

  /** The n-th change from now on, and everything after it, does not happen. */
  cutAt(step: number): void {
    this.#stepsLeft = step;
  }

  get isCut(): boolean {
    return this.#stepsLeft <= 0;
  }

  /**
   * Starts again after the cut.
   *
   * @param journalShare how much of what was not fsynced in directories survived: 0 nothing, 1 all
   * @param contentShare how much of each content that was not fsynced
   */
  reboot(journalShare: number, contentShare: number): void {
    const survivors = this.#journal.slice(0, Math.round(this.#journal.length * journalShare));
    for (const entry of survivors) apply(this.#durable, entry);
    this.#directories = new Map(Array.from(this.#durable, ([path, directory]) => [path, new Map(directory)]));
    const inodes = new Set(Array.from(this.#directories.values(), (directory) => [...directory.values()]).flat());
    for (const inode of inodes) {
      if (inode.content === inode.durable) continue;
      inode.content = inode.durable = inode.content.slice(0, Math.floor(inode.content.length * contentShare));
    }
    this.#journal = [];
    this.#open = new Map();
    this.#stepsLeft = Infinity;
  }

  /** Puts other text into a file that is there. */
  edit(path: string, content: string): void {
    const inode = this.#directories.get(dirname(path))?.get(basename(path));
    if (inode !== undefined) inode.content = inode.durable = content;
  }

  /** All files, by path. */
  files(): Map<string, string> {
    const files = new Map<string, string>();
    for (const [path, directory] of this.#directories) {
      for (const [name, inode] of directory) files.set(join(path, name), inode.content);
    }
    return files;
  }

  readonly fileSystem: FileSystem = {
    openSync: (path, flags) => {
      if (flags === "r") return this.#descriptor({ directory: path });
      if (this.#lookUp(path) !== undefined) throw systemError("EEXIST");
      const inode: Inode = { kind: "file", content: "", durable: "" };
      this.#change({ path, inode });
      return this.#descriptor({ inode });
    },
    writeSync: (descriptor, bytes, offset, length) => {
      const inode = this.#open.get(descriptor)?.inode;
      if (inode === undefined) throw systemError("EBADF");
      this.#step();
      inode.content += Buffer.from(bytes).toString("utf8", offset, offset + length);
      return length;
    },
    fsyncSync: (descriptor) => {
      const { inode, directory } = this.#open.get(descriptor) ?? {};
      this.#step();
      if (inode !== undefined) inode.durable = inode.content;
      if (directory === undefined) return;
      const isHere = ({ path }: Entry): boolean => dirname(path) === directory;
      // A journal keeps the order: what came before a change of this directory is kept with it.
      const last = this.#journal.findLastIndex(isHere);
      for (const entry of this.#journal.splice(0, last + 1)) apply(this.#durable, entry);
    },
    fchmodSync: () => undefined,
    chmodSync: () => undefined,
    closeSync: (descriptor) => void this.#open.delete(descriptor),
    renameSync: (from, to) => {
      const inode = this.#lookUp(from);
      if (inode === undefined) throw systemError("ENOENT");
      this.#step();
      // One change: after a cut the file has the old name or the new one.
      this.#record({ path: to, inode });
      this.#record({ path: from, inode: undefined });
    },
    linkSync: (existing, path) => {
      const inode = this.#lookUp(existing);
      if (inode === undefined) throw systemError("ENOENT");
      if (this.#lookUp(path) !== undefined) throw systemError("EEXIST");
      this.#change({ path, inode });
    },
    symlinkSync: (target, path) => {
      if (this.#lookUp(path) !== undefined) throw systemError("EEXIST");
      this.#change({ path, inode: { kind: "symlink", content: target, durable: target } });
    },
    unlinkSync: (path) => {
      if (this.#lookUp(path) === undefined) throw systemError("ENOENT");
      this.#change({ path, inode: undefined });
    },
    mkdirSync: (path) => {
      if (this.#directories.has(path)) throw systemError("EEXIST");
      this.#step();
      this.#directories.set(path, new Map());
      this.#durable.set(path, new Map());
    },
    readFileSync: (path) => {
      this.#assertPower();
      const inode = this.#lookUp(path);
      if (inode === undefined) throw systemError("ENOENT");
      if (inode.kind === "file") return inode.content;
      return this.fileSystem.readFileSync(resolve(dirname(path), inode.content), "utf8");
    },
    readlinkSync: (path) => {
      const inode = this.#lookUp(path);
      if (inode?.kind !== "symlink") throw systemError("EINVAL");
      return inode.content;
    },
    readdirSync: (path) => [...(this.#directories.get(path)?.keys() ?? [])],
    lstatSync: (path) => {
      const inode = this.#lookUp(path);
      const isDirectory = this.#directories.has(path);
      if (inode === undefined && !isDirectory) return undefined;
      return {
        isFile: () => inode?.kind === "file",
        isSymbolicLink: () => inode?.kind === "symlink",
        isDirectory: () => isDirectory,
      };
    },
  };

  #descriptor(target: { inode?: Inode; directory?: string }): number {
    this.#assertPower();
    this.#open.set(++this.#nextDescriptor, target);
    return this.#nextDescriptor;
  }

  #lookUp(path: string): Inode | undefined {
    this.#assertPower();
    return this.#directories.get(dirname(path))?.get(basename(path));
  }

  #change(entry: Entry): void {
    this.#step();
    this.#record(entry);
  }

  #record(entry: Entry): void {
    apply(this.#directories, entry);
    this.#journal.push(entry);
  }

  #step(): void {
    this.steps++;
    this.#stepsLeft--;
    this.#assertPower();
  }

  #assertPower(): void {
    if (this.isCut) throw new PowerCut("the power was cut");
  }
}

function apply(directories: Map<string, Directory>, { path, inode }: Entry): void {
  const directory = directories.get(dirname(path));
  if (directory === undefined) throw systemError("ENOENT");
  if (inode === undefined) directory.delete(basename(path));
  else directory.set(basename(path), inode);
}

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: in the disk of a test`), { code });
}
