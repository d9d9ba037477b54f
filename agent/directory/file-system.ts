import * as nodeFileSystem from "node:fs";

/**
 * The calls the agent makes on the disk, each a separate step that a power cut may come before or after. Synchronous,
 * because the files are tiny and their order is the whole point; a parameter, so that tests can stop at any step.
 */
export type FileSystem = Pick<
  typeof nodeFileSystem,
  | "openSync"
  | "writeSync"
  | "fsyncSync"
  | "closeSync"
  | "renameSync"
  | "linkSync"
  | "symlinkSync"
  | "unlinkSync"
  | "mkdirSync"
  | "readFileSync"
  | "readlinkSync"
  | "readdirSync"
  | "lstatSync"
>;

export const REAL_FILE_SYSTEM: FileSystem = nodeFileSystem;

export function errorCodeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
