import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { temporaryDirectory } from "../local/temporary-directory.ts";
import { PROJECT } from "../support/local-service.ts";

/** Says what it is, then what happens to it. TypeScript, which no older Node.js runs. */
const PROGRAM = `
const pid: number = process.pid;
const [first] = process.argv.slice(2);
if (first === "wait") {
  process.on("SIGTERM", () => { console.log("SIGTERM"); process.exit(7); });
  setInterval(() => undefined, 1000);
}
console.log(JSON.stringify({ pid, version: process.version, args: process.argv.slice(2), launched: process.env["NODESEAL_LAUNCHED"] ?? null }));
if (first === "die") process.kill(process.pid, "SIGKILL");
if (first === "echo") process.stdin.pipe(process.stdout);
if (first === "fail") process.exitCode = 3;
`;

interface Said {
  readonly pid: number;
  readonly version: string;
  readonly args: readonly string[];
  readonly launched: string | null;
}

/** The launcher in a project of its own; `node_modules` as given. */
function projectWith(t: TestContext, hasPinnedNode: boolean): string {
  const directory = temporaryDirectory(t);
  mkdirSync(join(directory, "bin"));
  writeFileSync(join(directory, "package.json"), '{"type":"module"}');
  writeFileSync(join(directory, "main.ts"), PROGRAM);
  cpSync(join(PROJECT, "bin/launch.js"), join(directory, "bin/launch.js"));
  writeFileSync(
    join(directory, "bin/program.js"),
    'import { launch } from "./launch.js";\nawait launch(import.meta.url, "../main.ts");\n',
  );
  if (hasPinnedNode) symlinkSync(join(PROJECT, "node_modules"), join(directory, "node_modules"));
  return join(directory, "bin/program.js");
}

/** A Node.js below 24, if this machine has one besides the pinned. */
const olderNode = [
  "/usr/bin/node",
  "/usr/local/bin/node",
  ...(process.env["PATH"] ?? "").split(":").map((path) => join(path, "node")),
].find((path) => {
  const version = spawnSync(path, ["--version"], { encoding: "utf8" });
  return version.error === undefined && Number(/^v(\d+)/.exec(version.stdout)?.[1]) < 24;
});
const skip = olderNode === undefined ? "there is no Node.js below 24 on this machine" : false;
const node = olderNode ?? "";

test("runs the program in the same process where Node.js is new enough", (t) => {
  const { stdout, status } = spawnSync(process.execPath, [projectWith(t, false), "fail", "a b"], { encoding: "utf8" });
  const { version, args, launched } = JSON.parse(stdout) as Said;
  assert.deepEqual(
    { version, args, launched, status },
    { version: process.version, args: ["fail", "a b"], launched: null, status: 3 },
  );
});

test(
  "runs it with the pinned Node.js from an older one, with arguments, input, output and exit status",
  { skip },
  (t) => {
    const program = projectWith(t, true);
    const failed = spawnSync(node, [program, "fail", "", "--x=y z"], { encoding: "utf8" });
    const { version, args, launched } = JSON.parse(failed.stdout) as Said;
    assert.match(version, /^v24\./);
    assert.deepEqual(
      { args, launched, status: failed.status },
      { args: ["fail", "", "--x=y z"], launched: null, status: 3 },
    );
    const echoed = spawnSync(node, [program, "echo"], { encoding: "utf8", input: "through and through" });
    assert.equal(echoed.stdout.split("\n")[1], "through and through");
    assert.equal(echoed.stderr, "");
  },
);

test("passes signals on, and ends by the signal that ended the program", { skip }, async (t) => {
  const program = projectWith(t, true);
  const child = spawn(node, [program, "wait"], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface(child.stdout);
  await once(lines, "line");
  const ended = Promise.all([once(lines, "line"), once(child, "exit")]);
  child.kill("SIGTERM");
  assert.deepEqual(await ended, [["SIGTERM"], [7, null]]);
  assert.equal(spawnSync(node, [program, "die"]).signal, "SIGKILL");
});

test("takes the program along when it is killed itself", { skip }, async (t) => {
  const child = spawn(node, [projectWith(t, true), "wait"], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface(child.stdout);
  const [said] = (await once(lines, "line")) as [string];
  const { pid } = JSON.parse(said) as Said;
  const told = once(lines, "line");
  child.kill("SIGKILL");
  assert.deepEqual(await told, ["SIGTERM"]);
  while (isAlive(pid)) await sleep(10);
});

test("says what to do when there is no Node.js that is new enough", { skip }, (t) => {
  const { stdout, stderr, status } = spawnSync(node, [projectWith(t, false)], { encoding: "utf8" });
  assert.equal(status, 1);
  assert.equal(stdout, "");
  assert.match(
    stderr,
    /^nodeseal needs Node\.js 24 or newer: this is v\d+\.\d+\.\d+, and the package node-\w+-\w+ that carries one is not installed; run `npm ci`, or use a newer Node\.js\n$/,
  );
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
