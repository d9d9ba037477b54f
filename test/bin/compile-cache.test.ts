import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import {
  chmodSync,
  cpSync,
  globSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { promisify } from "node:util";
import { temporaryDirectory } from "../local/temporary-directory.ts";
import { PROJECT } from "../support/local-service.ts";

const run = promisify(execFile);

/** A project of two modules behind the launcher, and a `node_modules` that is its own. */
function newProject(t: TestContext): string {
  const project = temporaryDirectory(t);
  mkdirSync(join(project, "bin"));
  mkdirSync(join(project, "node_modules"));
  writeFileSync(join(project, "package.json"), '{"type":"module"}');
  writeFileSync(join(project, "main.ts"), 'import { WORD } from "./word.ts";\nconsole.log(WORD satisfies string);\n');
  writeWord(project, "one");
  cpSync(join(PROJECT, "bin/launch.js"), join(project, "bin/launch.js"));
  writeFileSync(
    join(project, "bin/program.js"),
    'import { launch } from "./launch.js";\nawait launch(import.meta.url, "../main.ts");\n',
  );
  return project;
}

function writeWord(project: string, word: string): void {
  writeFileSync(join(project, "word.ts"), `export const WORD: string = "${word}";\n`);
}

async function start(project: string): Promise<string> {
  // Without a cache of the caller's own choice.
  const { stdout, stderr } = await run(process.execPath, [join(project, "bin/program.js")], { env: { HOME: project } });
  assert.equal(stderr, "");
  return stdout.trim();
}

function cachedFiles(project: string): string[] {
  return globSync(join(project, "node_modules/.cache/nodeseal/**/*")).filter((path) => lstatSync(path).isFile());
}

test("keeps the compiled code inside the project, for the next start", async (t) => {
  const project = newProject(t);
  assert.equal(await start(project), "one");
  const kept = cachedFiles(project);
  assert.notEqual(kept.length, 0);
  const before = kept.map((path) => statSync(path).mtimeMs);
  assert.equal(await start(project), "one");
  assert.deepEqual(
    cachedFiles(project).map((path) => statSync(path).mtimeMs),
    before,
    "the second start took what the first one kept",
  );
});

test("runs an edited source as it is now, even with the size and the time of the old one", async (t) => {
  const project = newProject(t);
  assert.equal(await start(project), "one");
  const source = join(project, "word.ts");
  const { atime, mtime, size } = statSync(source);
  writeWord(project, "two");
  utimesSync(source, atime, mtime);
  assert.equal(statSync(source).size, size);
  assert.equal(await start(project), "two");
  writeWord(project, "one");
  assert.equal(await start(project), "one");
});

test("lets several first starts at once each run", async (t) => {
  const project = newProject(t);
  const words = await Promise.all(Array.from({ length: 6 }, () => start(project)));
  assert.deepEqual(words, Array(6).fill("one"));
  assert.equal(await start(project), "one");
});

test("runs with a cache that was damaged", async (t) => {
  const project = newProject(t);
  await start(project);
  const kept = cachedFiles(project);
  assert.notEqual(kept.length, 0);
  for (const path of kept) {
    const octets = readFileSync(path);
    writeFileSync(path, octets.fill(0xff, octets.length - 64));
  }
  assert.equal(await start(project), "one");
  for (const path of cachedFiles(project)) truncateSync(path, Math.floor(statSync(path).size / 2));
  assert.equal(await start(project), "one");
});

test("runs from a tree that it cannot write to", async (t) => {
  const project = newProject(t);
  // A file where the folder belongs stops the superuser as well, whom no mode stops.
  writeFileSync(join(project, "node_modules/.cache"), "");
  const folders = [join(project, "node_modules"), join(project, "bin"), project];
  for (const folder of folders) chmodSync(folder, 0o555);
  try {
    assert.equal(await start(project), "one");
    assert.equal(await start(project), "one");
  } finally {
    for (const folder of folders.reverse()) chmodSync(folder, 0o755);
  }
});
