import { join, resolve } from "node:path";
import { run } from "node:test";
import { pathToFileURL } from "node:url";
import { CpuMeter } from "./cpu-meter.ts";
import { fail, hasFailed, type FileResult } from "./file-result.ts";
import { TestCounts } from "./test-counts.ts";

const TEST_ARGUMENTS = [
  // Tests make much that lives as long as a test: a young generation of the usual size would copy it again and again.
  "--max-semi-space-size=32",
  "--import",
  pathToFileURL(join(import.meta.dirname, "unwatched-promises.ts")).href,
];

const SEVERAL_FILES = join(import.meta.dirname, "several-files.ts");

/** Of node:test, as far as it is read here. */
export interface TestEvent {
  readonly type: string;
  readonly data: { readonly nesting?: number; readonly message?: string };
}

export interface TestResult {
  /** In the order of the report. */
  readonly events: readonly TestEvent[];
  /** Of each file, in their order. */
  readonly files: readonly FileResult[];
  /** Of tests that none of several files can be told to have. */
  readonly stray: FileResult;
  readonly hasSucceeded: boolean;
  readonly cpuSeconds: number;
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
  const meter = new CpuMeter();
  const env = { ...environment, ...meter.environment };
  const execArgv = [...meter.execArgv, ...TEST_ARGUMENTS];
  const events = run({ files: [entry], argv, execArgv, env, signal });
  const counts = new TestCounts(paths, entry, events);
  const report: TestEvent[] = [];
  events.on("data", (event: TestEvent) => {
    if (!isClosingCount(event)) report.push(event);
  });
  await new Promise<void>((ended) => {
    events.once("end", ended);
    events.once("close", ended);
  });
  const results = counts.results();
  const all = [...results.files, results.stray];
  // It may break off when all tests are done.
  if (counts.isBroken && !all.some(hasFailed)) {
    const blamed = results.files.length === 1 ? results.files[0] : undefined;
    fail(blamed ?? results.stray, "its process broke off");
  }
  const hasSucceeded = counts.hasSucceeded && !counts.isBroken;
  return { events: report, ...results, hasSucceeded, cpuSeconds: meter.read() };
}

/** `tests 12` and the like, of one process: test/run.ts counts for all. */
function isClosingCount({ type, data: { nesting, message } }: TestEvent): boolean {
  return (
    type === "test:diagnostic" &&
    nesting === 0 &&
    /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/.test(message ?? "")
  );
}
