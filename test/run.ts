/**
 * Runs every test file and ends with a count, and with the reason of everything that was skipped.
 *   node test/run.ts [--static] [--unit] [PART-OF-A-PATH …]
 *     --static           checks types, style and formatting beside the tests
 *     --unit             only what needs no service: the inner loop
 *     --root FOLDER      another tree of tests
 *     --limit-seconds N  the most that one process may take
 *     --retry-failed     a file that failed runs once more, alone, and fails if it fails again; so it is where CI=true
 *     --most N           how many lines the lists of the slowest files, and of what took most CPU, have (15)
 *
 * What drives the whole service from outside is run a second time, on the bundles of a cloud assembly; and at the end
 * every call to AWS that any of it made is held against the policies of that assembly. docs/testing.md says how.
 */
import { globSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { spec } from "node:test/reporters";
import { parseArgs } from "node:util";
import { emptyResult, hasFailed } from "./run/file-result.ts";
import { isUnit, stagesOf, type Stage } from "./run/plan.ts";
import { failedOf, type Failed, type ProcessResult } from "./run/retry.ts";
import { runStaticCheck, staticChecks, type StaticCheck } from "./run/static-check.ts";
import { Summary } from "./run/summary.ts";
import { runTestProcess } from "./run/test-process.ts";

const { values: flags, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: {
    static: { type: "boolean", default: false },
    unit: { type: "boolean", default: false },
    root: { type: "string", default: join(import.meta.dirname, "..") },
    "limit-seconds": { type: "string", default: "600" },
    most: { type: "string", default: "15" },
    "retry-failed": { type: "boolean", default: process.env["CI"] === "true" },
  },
});
const { root } = flags;
const all = globSync("test/**/*.test.ts", { cwd: root }).sort();
const files = all
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .filter((file) => !flags.unit || isUnit(file));
const stages = stagesOf(files, all);
const checks = flags.static ? staticChecks(flags.unit) : [];

/** Generous: other programs may want the cores as well. What hangs must end all the same. */
const processLimitSeconds = Number(flags["limit-seconds"]);
const RUN_LIMIT_MINUTES = 40;
/** For what was ended to say how far it came. */
const GRACE_MS = 5000;

const summary = new Summary(Number(flags.most));
for (const { name } of checks) summary.expect(name);
for (const stage of stages) for (const file of stage.processes.flat()) summary.expect(nameIn(stage, file));

const cutting = new AbortController();
function cut(why: string): void {
  if (cutting.signal.aborted) process.exit(1);
  summary.trouble(why);
  cutting.abort();
  setTimeout(() => process.exit(1), GRACE_MS).unref();
}
setTimeout(
  () => cut(`the run took over ${RUN_LIMIT_MINUTES} minutes and was ended`),
  RUN_LIMIT_MINUTES * 60_000,
).unref();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => cut(`ended by ${signal}`));

/** What all files of this run share: the cloud assembly, and the record of calls. */
const shared = mkdtempSync(join(tmpdir(), "nodeseal-run-"));
process.once("exit", () => {
  const { user, system } = process.cpuUsage();
  summary.addCpu("test/run.ts itself", (user + system) / 1e6);
  rmSync(shared, { recursive: true, force: true });
  if (summary.close() === 1) process.exitCode = 1;
});

const reporter = new spec();
reporter.pipe(process.stdout, { end: false });
for (const [i, stage] of stages.entries()) {
  if (cutting.signal.aborted) break;
  console.log(`\n── ${stage.heading} ──`);
  const checking = i === 0 ? checks.map((check) => () => runCheck(check)) : [];
  const failed: Failed[] = [];
  const running = stage.processes.map((members) => async () => {
    failed.push(...(await runProcess(stage, members)));
  });
  await inParallel([...checking, ...running]);
  for (const one of failed) await runAgain(stage, one);
}
const reported = Promise.withResolvers<undefined>();
reporter.once("end", () => reported.resolve(undefined));
reporter.end();
await reported.promise;

/** One more at a time than there are cores: most wait for something now and then. */
async function inParallel(tasks: readonly (() => Promise<void>)[]): Promise<void> {
  const waiting = tasks.values();
  const workers = Array.from({ length: availableParallelism() + 1 }, async () => {
    for (const task of waiting) if (!cutting.signal.aborted) await task();
  });
  await Promise.all(workers);
}

/** @returns what shall run again */
async function runProcess(stage: Stage, members: readonly string[]): Promise<readonly Failed[]> {
  const result = await runFiles(stage, members);
  for (const [i, file] of members.entries()) summary.add(nameIn(stage, file), result.files[i] ?? emptyResult());
  const failed = flags["retry-failed"] && !cutting.signal.aborted ? failedOf(members, result) : [];
  if (failed.length === 0) judge(members, result);
  // What is nobody's comes again with those that may have it.
  if (failed.length === 0 || !hasFailed(result.stray)) summary.addStray(result.stray);
  return failed;
}

async function runAgain(stage: Stage, { file, failures }: Failed): Promise<void> {
  if (cutting.signal.aborted) return;
  console.log(`\n── once more, alone: ${nameIn(stage, file)} ──`);
  const result = await runFiles(stage, [file]);
  for (const again of result.files) summary.addAgain(nameIn(stage, file), again, failures);
  judge([file], result);
}

function judge(members: readonly string[], { hasSucceeded, isTooLong }: ProcessResult): void {
  if (isTooLong) summary.trouble(`${members.join(", ")} took over ${processLimitSeconds} s`);
  if (!hasSucceeded) process.exitCode = 1;
}

async function runFiles(stage: Stage, members: readonly string[]): Promise<ProcessResult> {
  const limit = AbortSignal.timeout(processLimitSeconds * 1000);
  const result = await runTestProcess(members, {
    root,
    environment: {
      ...process.env,
      // Types are stripped and modules compiled once, not once for every process.
      NODE_COMPILE_CACHE: join(import.meta.dirname, "../node_modules/.cache/nodeseal-test"),
      NODESEAL_TEST_RUN: shared,
      ...stage.environment,
    },
    signal: AbortSignal.any([limit, cutting.signal]),
  });
  const [first = "", ...others] = members;
  summary.addCpu(
    `${nameIn(stage, first)}${others.length === 0 ? "" : ` and ${others.length} more`}`,
    result.cpuSeconds,
  );
  for (const event of result.events) reporter.write(event);
  return { ...result, isTooLong: limit.aborted };
}

async function runCheck(check: StaticCheck): Promise<void> {
  const { hasSucceeded, output, seconds, cpuSeconds } = await runStaticCheck(check, cutting.signal);
  if (cutting.signal.aborted) return;
  summary.done(check.name);
  summary.addCpu(check.name, cpuSeconds);
  console.log(`${hasSucceeded ? "✔" : "✖"} ${check.name} (${seconds.toFixed(1)} s)`);
  if (!hasSucceeded) {
    console.log(output);
    summary.trouble(check.name);
  }
}

function nameIn({ environment }: Stage, file: string): string {
  return environment["NODESEAL_TEST_FUNCTIONS"] === undefined
    ? file
    : `${file} (${environment["NODESEAL_TEST_FUNCTIONS"]})`;
}
