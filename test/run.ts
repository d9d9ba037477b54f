/**
 * Runs every test file and ends with a count, and with the reason of everything that was skipped.
 *   node test/run.ts [PART-OF-A-PATH …]
 */
import { globSync } from "node:fs";
import { join } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";

const root = join(import.meta.dirname, "..");
const wanted = process.argv.slice(2);
const files = globSync("test/**/*.test.ts", { cwd: root })
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .sort();

const counts = { passed: 0, failed: 0, skipped: 0 };
const skipped = new Map<string, string[]>();

/** A file that hangs outlives its own time limit while it holds a socket; the run must end all the same. */
const RUN_LIMIT_MS = 25 * 60_000;
setTimeout(() => {
  console.log("the run took over 25 minutes and was ended");
  process.exit(1);
}, RUN_LIMIT_MS).unref();

// The files are processes of their own: two keep two cores busy.
const events = run({ files: files.map((file) => join(root, file)), concurrency: 2, timeout: 240_000 });
events.on("test:pass", ({ name, skip, details }) => {
  if (details.type === "suite") return;
  if (skip === undefined) counts.passed++;
  else note(name, typeof skip === "string" ? skip : "no reason given");
});
events.on("test:fail", ({ details, todo }) => {
  if (details.type !== "suite" && todo === undefined) counts.failed++;
});
events.on("test:summary", ({ success, file }) => {
  if (file === undefined && !success) process.exitCode = 1;
});
events.pipe(spec()).pipe(process.stdout);
events.on("end", () => process.once("exit", summarize));

function note(name: string, reason: string): void {
  counts.skipped++;
  skipped.set(reason, [...(skipped.get(reason) ?? []), name]);
}

function summarize(): void {
  for (const [reason, names] of skipped) {
    console.log(`skipped ${names.length}: ${reason} (${names.slice(0, 3).join("; ")}${names.length > 3 ? "; …" : ""})`);
  }
  if (files.length === 0 || counts.passed + counts.failed === 0) {
    console.log("no test ran");
    process.exitCode = 1;
  }
  if (counts.failed > 0) process.exitCode = 1;
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
}
