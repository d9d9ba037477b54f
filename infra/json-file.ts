import { readFileSync } from "node:fs";
import { parseDocument } from "yaml";
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

/**
 * What a JSON file holds. A byte order mark, as some editors write it, is no part of it (RFC 8259 section 8.1).
 *
 * @throws ConfigurationFileError naming the file and where in it; also for a member that is there twice, of which JSON.parse takes the last
 */
export function readJsonFile(path: string): unknown {
  const text = readTextFile(path).replace(/^\uFEFF/, "");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const hint = /^\s*\/[/*]/m.test(text) ? " (JSON has no comments)" : "";
    throw new ConfigurationFileError(`${path} is not JSON: ${reasonOf(cause)}${hint}`, { cause });
  }
  // YAML holds JSON, and its parser tells of keys that are not unique.
  const twice = parseDocument(text, { uniqueKeys: true }).errors.find(({ code }) => code === "DUPLICATE_KEY");
  if (twice === undefined) return value;
  const member = /^"(?:[^"\\]|\\.)*"/.exec(text.slice(twice.pos[0]))?.[0] ?? "a member";
  const { line, col } = twice.linePos?.[0] ?? { line: 0, col: 0 };
  throw new ConfigurationFileError(
    `${path} has ${member} twice in one object, again at line ${line}, column ${col}: leave one of them out`,
  );
}

/** On one line: JSON.parse quotes the text. */
function reasonOf(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).replace(/\s+/g, " ");
}
