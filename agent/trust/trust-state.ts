import { join } from "node:path";
import { parseJsonObject, isJsonObject, stringMember } from "../../core/input/json-object.ts";
import { PRIVATE_MODE, readTextIfPresent, replaceFileDurably } from "../directory/durable-file.ts";
import type { FileSystem } from "../directory/file-system.ts";

/*
 * For each trust file the digest of what its hook succeeded for: after a hook that failed, or a crash before it, the hook
 * runs again.
 */

function pathOf(directoryPath: string): string {
  return join(directoryPath, "nodeseal-trust.json");
}

function readAll(fileSystem: FileSystem, directoryPath: string): Readonly<Record<string, string>> {
  const text = readTextIfPresent(fileSystem, pathOf(directoryPath));
  const done = text === undefined ? undefined : parseJsonObject(text)?.["hookDoneFor"];
  if (!isJsonObject(done)) return {};
  return Object.fromEntries(Object.keys(done).map((file) => [file, stringMember(done, file) ?? ""]));
}

export function hookDoneFor(fileSystem: FileSystem, directoryPath: string, file: string): string | undefined {
  const all = readAll(fileSystem, directoryPath);
  return Object.hasOwn(all, file) ? all[file] : undefined;
}

export function recordHook(fileSystem: FileSystem, directoryPath: string, file: string, digest: string): void {
  const all = { ...readAll(fileSystem, directoryPath), [file]: digest };
  replaceFileDurably(
    fileSystem,
    pathOf(directoryPath),
    `${JSON.stringify({ version: 1, hookDoneFor: all }, null, 2)}\n`,
    PRIVATE_MODE,
  );
}
