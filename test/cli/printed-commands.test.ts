import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

const ROOT = join(import.meta.dirname, "../..");

/** What people read on a screen, or copy from a page. */
const PRINTED = ["adapters", "agent", "cli", "core", "infra", "lambdas", "local"].map((room) => `${room}/**/*.{ts,sh}`);
const PAGES = ["*.md", "docs/**/*.md", "agent/**/*.md"];

/** A package runner that fetches what it does not find runs whatever somebody has registered under the name. */
const RUNNERS = /\b(?:npx|npm exec|pnpm dlx|yarn dlx|bunx)\b/;

describe("commands to copy", () => {
  it("never run a package by its name, where a program prints them", () => {
    const lines = globSync(PRINTED, { cwd: ROOT }).flatMap((file) => linesWith(file, RUNNERS));
    assert.deepEqual(lines, []);
  });

  it("run the agent by its own name, and show no token among its arguments", () => {
    const lines = globSync([...PRINTED, ...PAGES], { cwd: ROOT })
      .filter((file) => file !== "CHANGELOG.md")
      .flatMap((file) => linesWith(file, /npx nodeseal-agent|nodeseal-agent join[^`\n]* --token /));
    // API.md's own row: inside a clone, npx finds the clone's program.
    assert.deepEqual(
      lines.filter((line) => !line.includes("`npx nodeseal-agent …`")),
      [],
    );
  });
});

function linesWith(file: string, pattern: RegExp): string[] {
  const lines = readFileSync(join(ROOT, file), "utf8").split("\n");
  return lines.filter((line) => pattern.test(line)).map((line) => `${file}: ${line.trim()}`);
}
