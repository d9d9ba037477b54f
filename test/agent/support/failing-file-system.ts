import { REAL_FILE_SYSTEM, type FileSystem } from "../../../agent/directory/file-system.ts";

/** Node's own, with the n-th call that changes something failing. */
export function failingFileSystem(code: string): {
  fileSystem: FileSystem;
  arm: (step: number) => void;
  disarm: () => boolean;
} {
  let left = Infinity;
  const strike = (): void => {
    if (--left === 0) throw Object.assign(new Error(`${code}: a fault`), { code });
  };
  const fileSystem: FileSystem = {
    ...REAL_FILE_SYSTEM,
    openSync: (path, flags, mode) => {
      if (flags !== "r") strike();
      return REAL_FILE_SYSTEM.openSync(path, flags, mode);
    },
    fsyncSync: (descriptor) => {
      strike();
      REAL_FILE_SYSTEM.fsyncSync(descriptor);
    },
    renameSync: (from, to) => {
      strike();
      REAL_FILE_SYSTEM.renameSync(from, to);
    },
    linkSync: (from, to) => {
      strike();
      REAL_FILE_SYSTEM.linkSync(from, to);
    },
    symlinkSync: (target, path) => {
      strike();
      REAL_FILE_SYSTEM.symlinkSync(target, path);
    },
  };
  return {
    fileSystem,
    arm: (step) => void (left = step),
    disarm: () => {
      const isUntouched = left > 0;
      left = Infinity;
      return isUntouched;
    },
  };
}
