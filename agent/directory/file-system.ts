import * as nodeFileSystem from "node:fs";

/**
 * The disk operations of the agent, each a step before or after which a power cut may come. Synchronous, because the
 * files are tiny and their order matters. A parameter, so that tests can stop at any step.
 */
export interface FileSystem {
  readonly openSync: (path: string, flags: "wx" | "r", mode?: number) => number;
  readonly writeSync: (descriptor: number, bytes: Uint8Array, offset: number, length: number) => number;
  readonly fsyncSync: (descriptor: number) => void;
  readonly fchmodSync: (descriptor: number, mode: number) => void;
  readonly closeSync: (descriptor: number) => void;
  readonly renameSync: (from: string, to: string) => void;
  readonly linkSync: (existing: string, path: string) => void;
  readonly symlinkSync: (target: string, path: string) => void;
  readonly unlinkSync: (path: string) => void;
  readonly chmodSync: (path: string, mode: number) => void;
  readonly mkdirSync: (path: string, options: { readonly mode: number }) => unknown;
  readonly readFileSync: (path: string, encoding: "utf8") => string;
  readonly readlinkSync: (path: string) => string;
  readonly readdirSync: (path: string) => string[];
  readonly lstatSync: (path: string, options: { readonly throwIfNoEntry: false }) => FileStatus | undefined;
}

export interface FileStatus {
  readonly isFile: () => boolean;
  readonly isDirectory: () => boolean;
  readonly isSymbolicLink: () => boolean;
  readonly mtimeMs?: number;
}

export const REAL_FILE_SYSTEM: FileSystem = nodeFileSystem;

export function errorCodeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
