import { existsSync, fstatSync } from "node:fs";
import { REAL_FILE_SYSTEM, type FileSystem } from "../../../agent/directory/file-system.ts";

export type Lack = "hard links" | "symbolic links" | "modes" | "fsync of directories" | "rename over a file";

/** Node's own, of a file system that has no such things, with the error that real ones give. */
export function lackingFileSystem(lacks: readonly Lack[], code = "EPERM"): FileSystem {
  const refuse = (lack: Lack, error = code): void => {
    if (lacks.includes(lack)) throw Object.assign(new Error(`${error}: no ${lack} here`), { code: error });
  };
  return {
    ...REAL_FILE_SYSTEM,
    linkSync: (from, to) => {
      refuse("hard links");
      REAL_FILE_SYSTEM.linkSync(from, to);
    },
    symlinkSync: (target, path) => {
      refuse("symbolic links");
      REAL_FILE_SYSTEM.symlinkSync(target, path);
    },
    fchmodSync: (descriptor, mode) => {
      refuse("modes");
      REAL_FILE_SYSTEM.fchmodSync(descriptor, mode);
    },
    chmodSync: (path, mode) => {
      refuse("modes");
      REAL_FILE_SYSTEM.chmodSync(path, mode);
    },
    fsyncSync: (descriptor) => {
      if (fstatSync(descriptor).isDirectory()) refuse("fsync of directories", "EINVAL");
      REAL_FILE_SYSTEM.fsyncSync(descriptor);
    },
    renameSync: (from, to) => {
      if (existsSync(to)) refuse("rename over a file", "EEXIST");
      REAL_FILE_SYSTEM.renameSync(from, to);
    },
  };
}
