import { readFileSync } from "node:fs";
import { messageOf, OperatorError } from "../../program/operator-error.ts";

/** @throws OperatorError */
export function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const isDirectory = cause instanceof Error && "code" in cause && cause.code === "EISDIR";
    throw new OperatorError(`cannot read ${path}: ${isDirectory ? "it is a directory" : messageOf(cause)}`, { cause });
  }
}
