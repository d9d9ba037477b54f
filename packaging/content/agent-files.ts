import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { ROOT } from "./project.ts";

const AGENT = join(ROOT, "agent");

/** The systemd units, by name, for an agent that is installed at this path and documented at that address. */
export function systemdUnits(program: string, documentation: string): ReadonlyMap<string, string> {
  const paths = globSync("systemd/*", { cwd: AGENT }).sort();
  return new Map(
    paths.map((path) => {
      const text = readFileSync(join(AGENT, path), "utf8");
      return [
        basename(path),
        text
          .replaceAll("/usr/local/bin/nodeseal-agent", program)
          .replaceAll("file:///usr/local/share/doc/nodeseal-agent/README.md", documentation),
      ];
    }),
  );
}

/** The agent for machines without Node.js. */
export function shellAgent(): string {
  return readFileSync(join(AGENT, "nodeseal-join.sh"), "utf8");
}

export function licence(): string {
  return readFileSync(join(ROOT, "LICENSE"), "utf8");
}

/** A page of `packaging/pages`. */
export function page(name: string): string {
  return readFileSync(join(import.meta.dirname, "../pages", name), "utf8");
}

/** Files of `docs` for programs to read, at the same place in the package. */
export function documents(...names: readonly string[]): [string, string][] {
  return names.map((name) => [name, readFileSync(join(ROOT, "docs", name), "utf8")]);
}
