import { join, resolve } from "node:path";
import { run } from "node:test";
import { TestCounts } from "./test-counts.ts";

const SEVERAL_FILES = join(import.meta.dirname, "several-files.ts");

/** Of node:test, as far as it is read here. */
export interface TestEvent {
  readonly type: string;
  readonly data: { readonly nesting?: number; readonly message?: string };
}

export interface TestResult {
  /** In the order of the report. */
  readonly events: readonly TestEvent[];
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly (readonly [string, string])[];
  /** Files that did not come to their end, for the process was ended or broke off. */
  readonly unfinished: readonly string[];
  readonly hasSucceeded: boolean;
  /** Of the tests of each file. */
  readonly milliseconds: readonly (readonly [string, number])[];
}

export interface TestProcessOptions {
  /** What the files are relative to. */
  readonly root: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Ends the process. */
  readonly signal: AbortSignal;
}

/** Runs test files in one process. Never rejects. */
export async function runTestProcess(
  files: readonly string[],
  { root, environment, signal }: TestProcessOptions,
): Promise<TestResult> {
  const pathOf = (file: string): string => resolve(root, file);
  const paths = files.map(pathOf);
  const [entry = "", argv] = paths.length === 1 ? [paths[0], []] : [SEVERAL_FILES, paths];
  const events = run({ files: [entry], argv, env: { ...environment }, signal });
  const counts = new TestCounts(paths, entry, events);
  const report: TestEvent[] = [];
  events.on("data", (event: TestEvent) => {
    if (!isClosingCount(event)) report.push(event);
  });
  await new Promise<void>((ended) => {
    events.once("end", ended);
    events.once("close", ended);
  });
  const unfinished = files.filter((file) => !counts.isFinished(pathOf(file)));
  return {
    events: report,
    passed: counts.passed,
    // It may break off when all tests are done.
    failed: counts.isBroken && unfinished.length === 0 && counts.failed === 0 ? 1 : counts.failed,
    skipped: counts.skipped,
    unfinished,
    hasSucceeded: counts.hasSucceeded && !counts.isBroken,
    milliseconds: files.map((file) => [file, counts.millisecondsOf(pathOf(file))]),
  };
}

/** `tests 12` and the like, of one process: test/run.ts counts for all. */
function isClosingCount({ type, data: { nesting, message } }: TestEvent): boolean {
  return (
    type === "test:diagnostic" &&
    nesting === 0 &&
    /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/.test(message ?? "")
  );
}
