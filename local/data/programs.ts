import { chmodSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { writePrivateFile } from "./private-file.ts";

/** The programs of this installation, by the name that people type. */
const PROGRAMS: Readonly<Record<string, string>> = {
  nodeseal: "nodeseal.js",
  "nodeseal-agent": "nodeseal-agent.js",
};

/**
 * Writes a command for each program into a directory for the PATH. So they work by name wherever a terminal stands,
 * from a checkout and from a package that nobody installed for the whole machine. They run in this very Node.js.
 *
 * @param binDirectory where the installation has its launchers
 */
export function writePrograms(directory: string, binDirectory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  for (const [name, launcher] of Object.entries(PROGRAMS)) {
    const path = join(binDirectory, launcher);
    if (!existsSync(path)) continue;
    const file = join(directory, name);
    writePrivateFile(file, `#!/bin/sh\nexec ${quoted(process.execPath)} ${quoted(path)} "$@"\n`);
    chmodSync(file, 0o700);
  }
}

/** For a POSIX shell: inside single quotes only the single quote is special. */
export function quoted(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}
