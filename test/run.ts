/**
 * Runs every test file and ends with a count, and with the reason of everything that was skipped.
 *   node test/run.ts [PART-OF-A-PATH …]
 *
 * What drives the whole service from outside is run a second time, on the bundles of a cloud assembly; and at the end
 * every call to AWS that any of it made is held against the policies of that assembly. docs/testing.md says how.
 */
import { globSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";

interface Stage {
  readonly heading: string;
  readonly files: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

const root = join(import.meta.dirname, "..");
const wanted = process.argv.slice(2);
const all = globSync("test/**/*.test.ts", { cwd: root }).sort();
const files = all.filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)));

/** Looks at what the others did, so it comes last. */
const LAST = "test/least-privilege.test.ts";
const stages: readonly Stage[] = [
  { heading: "the sources", files: files.filter((file) => file !== LAST) },
  {
    heading: "the bundles that ship",
    files: files.filter((file) => file.startsWith("test/end-to-end/")),
    environment: { NODESEAL_TEST_FUNCTIONS: "bundles" },
  },
  {
    heading: "every call to AWS that was made",
    files: files.length === 0 ? [] : [LAST],
    // A part of the suite needs a part of the permissions.
    environment: wanted.length === 0 ? { NODESEAL_WHOLE_RUN: "1" } : {},
  },
];

const counts = { passed: 0, failed: 0, skipped: 0 };
const skipped = new Map<string, string[]>();

/** A file that hangs outlives its own time limit while it holds a socket; the run must end all the same. */
const RUN_LIMIT_MS = 25 * 60_000;
setTimeout(() => {
  console.log("the run took over 25 minutes and was ended");
  process.exit(1);
}, RUN_LIMIT_MS).unref();

/** What all files of this run share: the cloud assembly, and the record of calls. */
const shared = mkdtempSync(join(tmpdir(), "nodeseal-run-"));
process.once("exit", () => {
  rmSync(shared, { recursive: true, force: true });
  summarize();
});
for (const stage of stages) await runStage(stage);

async function runStage({ heading, files: members, environment }: Stage): Promise<void> {
  if (members.length === 0) return;
  console.log(`\n── ${heading} ──`);
  const ended = Promise.withResolvers<undefined>();
  // The files are processes of their own: two keep two cores busy.
  const events = run({
    files: members.map((file) => join(root, file)),
    concurrency: 2,
    timeout: 240_000,
    env: { ...process.env, NODESEAL_TEST_RUN: shared, ...environment },
  });
  events.on("test:pass", ({ name, skip, details }) => {
    if (skip === undefined) counts.passed += details.type === "suite" ? 0 : 1;
    // A suite that is skipped names none of its tests: it counts as one.
    else note(name, typeof skip === "string" ? skip : "no reason given");
  });
  events.on("test:fail", ({ details, todo }) => {
    if (details.type !== "suite" && todo === undefined) counts.failed++;
  });
  events.on("test:summary", ({ success, file }) => {
    if (file === undefined && !success) process.exitCode = 1;
  });
  events.on("end", () => ended.resolve(undefined));
  events.pipe(spec()).pipe(process.stdout, { end: false });
  await ended.promise;
}

function note(name: string, reason: string): void {
  counts.skipped++;
  skipped.set(reason, [...(skipped.get(reason) ?? []), name]);
}

function summarize(): void {
  for (const [reason, names] of skipped) {
    console.log(`skipped ${names.length}: ${reason} (${names.slice(0, 3).join("; ")}${names.length > 3 ? "; …" : ""})`);
  }
  if (counts.passed + counts.failed === 0) {
    console.log("no test ran");
    process.exitCode = 1;
  }
  if (counts.failed > 0) process.exitCode = 1;
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
}
