import { readFileSync } from "node:fs";
import { parseJsonText } from "../../core/input/json-text.ts";
import { RefusalError } from "../../core/refusal.ts";
import { ConfigurationFileError } from "./configuration-file-error.ts";

/** @throws ConfigurationFileError naming the file */
export function readTextFile(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const isDirectory = cause instanceof Error && "code" in cause && cause.code === "EISDIR";
    throw new ConfigurationFileError(`cannot read ${path}: ${isDirectory ? "it is a directory" : reasonOf(cause)}`, {
      cause,
    });
  }
}

/** @throws ConfigurationFileError naming the file and the place in it */
export function readJsonFile(path: string): unknown {
  const text = readTextFile(path);
  try {
    return parseJsonText(text);
  } catch (cause) {
    if (!(cause instanceof RefusalError)) throw cause;
    throw new ConfigurationFileError(`${path} ${cause.message}`, { cause });
  }
}

/** The reason on one line. */
function reasonOf(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).replace(/\s+/g, " ");
}
