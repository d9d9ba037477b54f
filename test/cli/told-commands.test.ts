import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { runCommandLine } from "../../cli/command-line.ts";

const ROOT = join(import.meta.dirname, "../..");
const SOURCES = ["adapters", "agent", "cli", "core", "infra", "lambdas", "local"].map((room) => `${room}/**/*.{ts,sh}`);
const PAGES = ["README.md", "SECURITY.md", "docs/**/*.md", "packaging/pages/*.md"];

/** Groups whose next word is a command of theirs. */
const GROUPS = new Set(["token", "csr", "cert", "node", "recovery", "ca", "policy", "audit"]);
const ALONE = new Set(["doctor", "whoami", "kubeconfig", "kube-credential", "completion"]);

interface Told {
  readonly where: string;
  readonly path: readonly string[];
  readonly options: readonly string[];
}

/** Every `nodeseal GROUP COMMAND … --option` that people read in a message, a help or a page, up to where it ends. */
function toldIn(file: string): readonly Told[] {
  const text = readFileSync(join(ROOT, file), "utf8");
  return [...text.matchAll(/\bnodeseal ([a-z][a-z-]+)(?: ([a-z][a-z-]+))?((?:(?!nodeseal )[^`\n"'|;#)])*)/g)].flatMap(
    ([whole, group = "", command, rest = ""]): readonly Told[] => {
      const isGroup = GROUPS.has(group);
      if (!isGroup && !ALONE.has(group)) return [];
      // A group that is spoken of, not called: "`nodeseal node`", "nodeseal token | csr".
      if (isGroup && command === undefined) return [];
      const path = isGroup && command !== undefined ? [group, command] : [group];
      const options = [...rest.matchAll(/(?<![\w-])--[a-z][a-z-]+/g)].map(([option]) => option);
      return [{ where: `${file}: ${whole.trim()}`, path, options }];
    },
  );
}

const helps = new Map<string, string | undefined>();
/** Of a command; undefined when there is none. */
async function helpOf(path: readonly string[]): Promise<string | undefined> {
  const key = path.join(" ");
  if (helps.has(key)) return helps.get(key);
  let text = "";
  const screen = {
    write: (more: string) => void (text += more),
    note: () => undefined,
    isTerminal: false,
    columns: 200,
    hasColour: false,
  };
  const status = await runCommandLine(["help", ...path], { environment: {}, clock: () => new Date(), screen });
  helps.set(key, status === 0 ? text : undefined);
  return helps.get(key);
}

async function faultsOf({ where, path, options }: Told): Promise<readonly string[]> {
  const help = await helpOf(path);
  if (help === undefined) return [`${where}: there is no ${path.join(" ")}`];
  return options.filter((option) => !help.includes(option)).map((option) => `${where}: it has no ${option}`);
}

describe("every command that a message or a page tells people to run", () => {
  it("is there, with the options it is told with", async () => {
    const told = globSync([...SOURCES, ...PAGES], { cwd: ROOT }).flatMap(toldIn);
    assert.ok(told.length > 300, `only ${told.length} were found`);
    const faults = (await Promise.all(told.map(faultsOf))).flat();
    assert.deepEqual(faults, []);
  });

  it("would be missed otherwise", async () => {
    const told = { where: "a message", path: ["node", "release"], options: ["--forever"] };
    assert.deepEqual(await faultsOf(told), ["a message: it has no --forever"]);
    assert.deepEqual(await faultsOf({ ...told, path: ["node", "free"] }), ["a message: there is no node free"]);
  });
});
