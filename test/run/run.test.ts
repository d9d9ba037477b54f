import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, it, type TestContext } from "node:test";

const PROGRAM = join(import.meta.dirname, "../run.ts");
const PASSES = 'import { test } from "node:test";\ntest("passes", () => undefined);\n';
/** Says so, and goes on for ever. */
const HANGS = `${PASSES}test("hangs", async () => {
  console.log("it hangs");
  const timer = setInterval(() => undefined, 1000);
  await new Promise(() => timer);
});\n`;

interface Run {
  readonly status: number | null;
  readonly lines: readonly string[];
}

/** Runs test/run.ts over these files. */
function runOver(
  t: TestContext,
  files: Readonly<Record<string, string>>,
  args: readonly string[] = [],
  act: (child: ChildProcess, printed: string) => void = () => undefined,
): Promise<Run> {
  const root = mkdtempSync(join(tmpdir(), "nodeseal-run-test-"));
  t.after(() => {
    rmSync(root, { recursive: true });
  });
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(join(root, dirname(file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  // A test process that started another would run none.
  const environment = { ...process.env };
  delete environment["NODE_TEST_CONTEXT"];
  const child = spawn(process.execPath, [PROGRAM, "--root", root, ...args], { env: environment });
  let printed = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    printed += text;
    act(child, printed);
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status) => resolve({ status, lines: printed.trimEnd().split("\n") }));
  });
}

describe("test/run.ts", () => {
  it("counts the tests of all files, whether or not they share a process", async (t) => {
    const { status, lines } = await runOver(t, {
      "test/core/one.test.ts": PASSES,
      "test/core/two.test.ts": `${PASSES}test("is skipped", { skip: "for a reason" }, () => undefined);\n`,
      "test/kubernetes/alone.test.ts": PASSES,
    });
    assert.equal(lines.at(-1), "3 passed, 0 failed, 1 skipped");
    assert.ok(lines.includes("skipped 1: for a reason (is skipped)"));
    assert.equal(status, 0);
  });

  it("fails with a test that fails", async (t) => {
    const { status, lines } = await runOver(t, {
      "test/core/one.test.ts": PASSES,
      "test/core/two.test.ts": 'import { test } from "node:test";\ntest("fails", () => { throw new Error("no"); });\n',
    });
    assert.equal(lines.at(-1), "1 passed, 1 failed, 0 skipped");
    assert.equal(status, 1);
  });

  it("fails with a file that cannot be loaded, though some of its tests were", async (t) => {
    const { status, lines } = await runOver(t, {
      "test/core/one.test.ts": `${PASSES}throw new Error("no more of it");\n`,
      "test/core/two.test.ts": PASSES,
    });
    assert.equal(lines.at(-1), "2 passed, 1 failed, 0 skipped");
    assert.equal(status, 1);
  });

  it("fails where there is no test", async (t) => {
    const { status, lines } = await runOver(t, {});
    assert.deepEqual(lines.slice(-2), ["FAILED: no test ran", "0 passed, 0 failed, 0 skipped"]);
    assert.equal(status, 1);
  });

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it(`says what did not run when ${signal} ends it`, async (t) => {
      const files = { "test/kubernetes/one.test.ts": HANGS, "test/core/two.test.ts": HANGS };
      const { status, lines } = await runOver(t, files, [], (child, printed) => {
        if (printed.includes("── the sources ──")) child.kill(signal);
      });
      assert.ok(lines.includes("did not run to its end: test/kubernetes/one.test.ts"), lines.join("\n"));
      assert.ok(lines.includes("did not run to its end: test/core/two.test.ts"));
      assert.ok(lines.includes(`FAILED: ended by ${signal}; 2 did not run to their end`));
      assert.match(lines.at(-1) ?? "", /^\d passed, 2 failed, 0 skipped$/);
      assert.equal(status, 1);
    });
  }

  it("says what did not run when a process takes too long, and runs the others", async (t) => {
    const files = { "test/kubernetes/one.test.ts": HANGS, "test/core/two.test.ts": PASSES };
    const { status, lines } = await runOver(t, files, ["--limit-seconds", "8"]);
    assert.ok(lines.includes("did not run to its end: test/kubernetes/one.test.ts"), lines.join("\n"));
    assert.ok(lines.includes("FAILED: test/kubernetes/one.test.ts took over 8 s; 1 did not run to their end"));
    assert.equal(lines.at(-1), "2 passed, 1 failed, 0 skipped");
    assert.equal(status, 1);
  });

  it("says what did not run when a process breaks off, with whatever status", async (t) => {
    const { status, lines } = await runOver(t, {
      "test/core/one.test.ts": PASSES,
      "test/core/two.test.ts": 'import { test } from "node:test";\ntest("exits", () => process.exit(0));\n',
      "test/core/three.test.ts": PASSES,
    });
    assert.ok(lines.includes("did not run to its end: test/core/two.test.ts"), lines.join("\n"));
    assert.ok(lines.some((line) => line.startsWith("FAILED: ")));
    assert.equal(status, 1);
  });
});
