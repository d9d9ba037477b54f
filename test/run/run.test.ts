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

/** Fails the first time only. @param prelude what happens then */
function failsOnce(prelude: string): string {
  return `import { existsSync, writeFileSync } from "node:fs";
import { describe, it, test } from "node:test";
const mark = import.meta.filename + ".ran";
const isFirst = !existsSync(mark);
writeFileSync(mark, "");
${prelude}`;
}

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
  // It would run again what fails.
  delete environment["CI"];
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

  it("says how much CPU a file took, with the programs that it started", async (t) => {
    const second =
      "const used = () => { const { user, system } = process.cpuUsage(); return user + system; }; while (used() < 1e6);";
    const { lines } = await runOver(
      t,
      {
        "test/core/one.test.ts": `import { execFileSync } from "node:child_process";
import { test } from "node:test";
test("starts one", () => { execFileSync(process.execPath, ["-e", "${second}"]); });\n`,
        "test/kubernetes/alone.test.ts": PASSES,
      },
      ["--most", "1"],
    );
    const heading = lines.findIndex((line) => /^most CPU, of \d+ s in all:$/.test(line));
    const [, seconds = "0"] = /^ +([\d.]+) s {2}test\/core\/one\.test\.ts$/.exec(lines[heading + 1] ?? "") ?? [];
    assert.ok(Number(seconds) >= 1, lines.join("\n"));
    assert.equal(lines[heading + 2], "2 passed, 0 failed, 0 skipped");
  });

  it("fails with a test that fails", async (t) => {
    const { status, lines } = await runOver(t, {
      "test/core/one.test.ts": PASSES,
      "test/core/two.test.ts": 'import { test } from "node:test";\ntest("fails", () => { throw new Error("no"); });\n',
    });
    assert.equal(lines.at(-1), "1 passed, 1 failed, 0 skipped");
    assert.equal(status, 1);
  });

  for (const [what, throws] of [
    ["in a timer", 'setTimeout(() => { throw new Error("never this"); }, 1)'],
    ["in a promise that nobody awaits", 'void Promise.reject(new Error("never this"))'],
    [
      "in such a promise, later",
      'setTimeout(() => { void (async () => { await null; throw new Error("never this"); })(); }, 1)',
    ],
  ] as const)
    it(`fails with what a test throws ${what}`, async (t) => {
      const { status, lines } = await runOver(t, {
        "test/core/one.test.ts": PASSES,
        "test/core/two.test.ts": `import { test } from "node:test";
test("fails", async () => { await null; ${throws}; await new Promise((resolve) => setTimeout(resolve, 100)); });\n`,
      });
      assert.match(lines.at(-1) ?? "", /^\d passed, 1 failed, 0 skipped$/);
      assert.ok(
        lines.some((line) => line.includes("in some test") && line.endsWith("Error: never this")),
        lines.join("\n"),
      );
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

  it("runs what failed once more, alone, and says loudly what passed then", async (t) => {
    const { status, lines } = await runOver(
      t,
      {
        "test/core/one.test.ts": PASSES,
        "test/core/inner.test.ts": failsOnce(
          'describe("a suite", () => { it("flakes", () => { if (isFirst) throw new Error("no"); }); it("is well", () => undefined); });\n',
        ),
        "test/kubernetes/alone.test.ts": failsOnce(
          'test("flakes too", () => { if (isFirst) throw new Error("no"); });\n',
        ),
        "test/kubernetes/hook.test.ts": failsOnce(
          'describe("a hook", () => { after(() => { if (isFirst) throw new Error("no"); }); it("runs", () => undefined); });\n',
        ).replace("{ describe", "{ after, describe"),
      },
      ["--retry-failed"],
    );
    for (const flaky of [
      "test/core/inner.test.ts (flakes)",
      "test/kubernetes/alone.test.ts (flakes too)",
      "test/kubernetes/hook.test.ts (a hook)",
    ])
      assert.ok(lines.includes(`FLAKY: ${flaky} failed once and passed alone`), lines.join("\n"));
    assert.equal(lines.at(-1), "5 passed, 0 failed, 0 skipped, 3 flaky");
    assert.equal(status, 0);
  });

  it("fails with what fails twice, and with what fails where nothing runs again", async (t) => {
    const files = {
      "test/core/one.test.ts": PASSES,
      "test/core/two.test.ts": 'import { test } from "node:test";\ntest("fails", () => { throw new Error("no"); });\n',
      "test/kubernetes/alone.test.ts": failsOnce('test("flakes", () => { if (isFirst) throw new Error("no"); });\n'),
    };
    const again = await runOver(t, files, ["--retry-failed"]);
    assert.equal(again.lines.at(-1), "2 passed, 1 failed, 0 skipped, 1 flaky");
    assert.equal(again.status, 1);
    const once = await runOver(t, files);
    assert.equal(once.lines.at(-1), "1 passed, 2 failed, 0 skipped");
    assert.equal(once.status, 1);
  });
});

/** These wait for it together. */
describe("the limit of test/run.ts", { concurrency: true }, () => {
  it("says what did not run when a process takes too long, and runs the others", async (t) => {
    const files = { "test/kubernetes/one.test.ts": HANGS, "test/core/two.test.ts": PASSES };
    const { status, lines } = await runOver(t, files, ["--limit-seconds", "8"]);
    assert.ok(lines.includes("did not run to its end: test/kubernetes/one.test.ts"), lines.join("\n"));
    assert.ok(lines.includes("FAILED: test/kubernetes/one.test.ts took over 8 s; 1 did not run to their end"));
    assert.equal(lines.at(-1), "2 passed, 1 failed, 0 skipped");
    assert.equal(status, 1);
  });

  it("gives what was cut or broke off another go", async (t) => {
    const { status, lines } = await runOver(
      t,
      {
        "test/core/one.test.ts": PASSES,
        "test/core/exits.test.ts": failsOnce('test("exits", () => { if (isFirst) process.exit(0); });\n'),
        "test/core/loads.test.ts": failsOnce(
          'if (isFirst) throw new Error("no"); else test("loads", () => undefined);\n',
        ),
        "test/kubernetes/hangs.test.ts": failsOnce(
          'test("hangs", async () => { if (isFirst) { const timer = setInterval(() => undefined, 1000); await new Promise(() => timer); } });\n',
        ),
        "test/kubernetes/for-ever.test.ts": HANGS,
      },
      ["--retry-failed", "--limit-seconds", "8"],
    );
    const printed = lines.join("\n");
    assert.ok(
      lines.includes("FLAKY: test/kubernetes/hangs.test.ts (took too long) failed once and passed alone"),
      printed,
    );
    assert.ok(
      lines.some((line) => line.startsWith("FLAKY: test/core/exits.test.ts (")),
      printed,
    );
    assert.ok(
      lines.includes("FAILED: test/kubernetes/for-ever.test.ts took over 8 s; 1 did not run to their end"),
      printed,
    );
    assert.match(printed, /\n5 passed, 1 failed, 0 skipped, \d flaky$/);
    assert.equal(status, 1);
  });
});
