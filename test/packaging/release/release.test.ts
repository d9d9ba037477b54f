import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { releaseNotes } from "../../../packaging/release/notes.ts";
import { run } from "../../support/command.ts";

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "../../../package.json"), "utf8")) as {
  readonly version: string;
};

describe("the notes of a release", () => {
  const changelog =
    "# Changelog\n\n## [Unreleased]\n\n## [1.2.0] - 2026-12-01\n\n### Added\n- A thing.\n\n## [1.1.0] - 2026-11-01\n- Another.\n";
  it("are what the changelog says of the version, and no more", () => {
    assert.equal(releaseNotes(changelog, "1.2.0"), "### Added\n- A thing.\n");
    assert.equal(releaseNotes(changelog, "1.1.0"), "- Another.\n");
  });
  const WRONG: readonly (readonly [string, string, RegExp])[] = [
    ["a version it does not know", "1.2", /has no "## \[1\.2\] - YYYY-MM-DD"/],
    ["a pattern", "1.1.", /has no/],
  ];
  for (const [what, wanted, says] of WRONG)
    it(`cannot be those of ${what}`, () => assert.throws(() => releaseNotes(changelog, wanted), says));
  it("are not made while there are changes of no version, nor of nothing", () => {
    assert.throws(
      () => releaseNotes(changelog.replace("[Unreleased]\n", "[Unreleased]\n- New.\n"), "1.2.0"),
      /under \[Unreleased\]/,
    );
    assert.throws(
      () => releaseNotes("## [1.0.0] - 2026-01-01\n\n## [0.9.0] - 2025-01-01\n- x\n", "1.0.0"),
      /says nothing of 1\.0\.0/,
    );
  });
});

describe("npm run release", () => {
  const home = mkdtempSync(join(tmpdir(), "nodeseal-release-"));
  after(() => rmSync(home, { recursive: true }));
  const packages = join(home, "packages");
  const programs = join(home, "bin");
  mkdirSync(packages);
  mkdirSync(programs);
  const names = [`nodeseal-${version}.tgz`, `nodeseal-agent-${version}.tgz`, `nodeseal-agent_${version}_amd64.deb`];
  for (const name of names) writeFileSync(join(packages, name), name);
  const sums = names.map((name) => `${createHash("sha256").update(name).digest("hex")}  ${name}\n`);
  writeFileSync(join(packages, "SHA256SUMS"), sums.join(""));
  /** As npm and gh where nodeseal was published by a run that failed behind it. */
  const told = join(home, "told");
  for (const program of ["npm", "gh"]) {
    const text = `#!/bin/sh\necho ${program} "$@" >>${told}\ncase "$*" in "view nodeseal@"*) exit 0 ;; view*|*" view "*) exit 1 ;; esac\n`;
    writeFileSync(join(programs, program), text);
    chmodSync(join(programs, program), 0o755);
  }
  const release = (...args: string[]) =>
    run("node", ["packaging/release/main.ts", ...args, "--packages", packages], {
      environment: { PATH: `${programs}:${process.env["PATH"] ?? ""}` },
    });

  it("publishes what was made and is not published yet, and the page last", async () => {
    const { status, stdout, stderr } = await release("--publish");
    assert.equal(status, 0, stderr);
    assert.match(stdout, new RegExp(`^done already: npm publish \\S+/nodeseal-${version}\\.tgz`));
    const acts = readFileSync(told, "utf8")
      .split("\n")
      .filter((line) => /publish|create/.test(line));
    assert.equal(acts.length, 2);
    assert.match(acts[0] ?? "", /^npm publish \S+\/nodeseal-agent-\S+\.tgz --provenance --access public$/);
    assert.match(
      acts[1] ?? "",
      new RegExp(
        `^gh release create v${version} .*_amd64\\.deb \\S+/SHA256SUMS --verify-tag .*--notes-file \\S+/notes\\.md$`,
      ),
    );
  });

  it("prints what it would do, and does nothing, when asked", async () => {
    rmSync(told);
    const { stdout } = await release("--publish", "--dry-run");
    assert.equal(stdout.split("\n").filter((line) => /^(npm publish|gh release create)/.test(line)).length, 3);
    assert.throws(() => readFileSync(told));
  });

  it("publishes nothing when a file is not what was made, or nobody made it", async () => {
    writeFileSync(join(packages, "stray.tgz"), "");
    assert.match((await release("--publish")).stderr, /^release: nobody made .*stray\.tgz$/m);
    rmSync(join(packages, "stray.tgz"));
    writeFileSync(join(packages, names[0] ?? ""), "changed");
    const { status, stderr } = await release("--publish");
    assert.deepEqual([status, stderr.includes("is not what was made")], [1, true]);
    assert.throws(() => readFileSync(told));
  });

  it("prepares nothing where tag, version and changelog are not of one release", async () => {
    const { status, stderr } = await release("--prepare");
    assert.equal(status, 1);
    assert.match(stderr, /^release: (CHANGELOG\.md|package\.json says)/);
  });

  it("takes one of its two acts", async () => {
    for (const args of [[], ["--prepare", "--publish"]]) assert.equal((await release(...args)).status, 2);
  });
});
