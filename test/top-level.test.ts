import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

const root = join(import.meta.dirname, "..");

/** What belongs at the top of the checkout. Anything else is an accident, or belongs in one of these folders. */
const TOP_LEVEL = [
  ...[
    ".ci/",
    ".github/",
    "adapters/",
    "agent/",
    "bench/",
    "bin/",
    "cli/",
    "core/",
    "docs/",
    "infra/",
    "lambdas/",
    "local/",
    "packaging/",
    "test/",
  ],
  ...[".gitignore", ".npmrc", ".prettierignore", ".prettierrc.json", "eslint.config.js", "tsconfig.json"],
  ...["CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md", "SECURITY.md"],
  ...["cdk.json", "nodeseal.config.json", "package.json", "package-lock.json"],
];

describe("the top level", { skip: existsSync(join(root, ".git")) ? false : "this is no checkout" }, () => {
  const tracked = execFileSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8" }).split("\0").filter(Boolean);

  it("holds what belongs there, and nothing else", () => {
    const entries = new Set(tracked.map((file) => file.replace(/\/.*$/s, "/")));
    assert.deepEqual([...entries].sort(), [...TOP_LEVEL].sort());
  });

  it("has no recording, log or package of a run among its files", () => {
    assert.deepEqual(
      tracked.filter((file) => /\.(jsonl|log|tgz|pid|heapsnapshot|cpuprofile)$/.test(file)),
      [],
    );
  });

  it("ignores what runs write", () => {
    const written = ["node_modules/x", "cdk.out/x", ".nodeseal/x", "dist/x", "aws-calls/1.jsonl", "npm-debug.log"];
    const ignored = execFileSync("git", ["check-ignore", ...written], { cwd: root, encoding: "utf8" });
    assert.deepEqual(ignored.trimEnd().split("\n"), written);
  });
});
