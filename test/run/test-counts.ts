import type { run } from "node:test";
import { addTo, emptyResult, type FileResult } from "./file-result.ts";

type TestEvents = ReturnType<typeof run>;

/** Of the tests at the top of a file. */
class FileCounts {
  begun = 0;
  ended = 0;
  readonly result = emptyResult();

  get finished(): FileResult {
    return { ...this.result, isFinished: this.ended > 0 && this.ended >= this.begun };
  }
}

interface ReportedTest {
  readonly name: string;
  readonly nesting: number;
  readonly file?: string;
}

/** Where the tests of one process stand. */
export class TestCounts {
  hasSucceeded = false;
  /** The process was ended, or ended otherwise than tests end. */
  isBroken = false;
  readonly #files: ReadonlyMap<string, FileCounts>;
  readonly #only: FileCounts | undefined;
  readonly #stray = new FileCounts();
  /** Of the tests inside one at the top, which are reported before it. */
  #inner = emptyResult();

  /** @param entry what Node.js was started with: itself a test to node:test */
  constructor(paths: readonly string[], entry: string, events: TestEvents) {
    this.#files = new Map(paths.map((path) => [path, new FileCounts()]));
    this.#only = paths.length === 1 ? [...this.#files.values()][0] : undefined;
    events.on("test:enqueue", (test) => {
      if (test.nesting === 0 && test.name !== entry) this.#countsOf(test).begun++;
    });
    events.on("test:pass", (test) => {
      // A process that reported no test at all.
      if (test.name === entry) return;
      if (test.skip !== undefined)
        this.#inner.skipped.push([test.name, typeof test.skip === "string" ? test.skip : "no reason given"]);
      else if (test.details.type !== "suite") this.#inner.passed++;
      this.#end(test);
    });
    events.on("test:fail", (test) => {
      if (test.name === entry) {
        this.isBroken = true;
        return;
      }
      // A suite fails with its tests, which were counted, or by itself: in a hook.
      if (test.todo === undefined && (test.details.type !== "suite" || this.#inner.failed === 0)) {
        this.#inner.failed++;
        this.#inner.failures.push(test.name);
      }
      this.#end(test);
    });
    events.on("test:summary", ({ success, file }) => {
      if (file === undefined) this.hasSucceeded = success;
    });
  }

  /** When the process has ended. What no file can be told to have is stray. */
  results(): { readonly files: readonly FileResult[]; readonly stray: FileResult } {
    // Where the process broke off, the test around these is not reported.
    addTo((this.#only ?? this.#stray).result, this.#inner);
    this.#inner = emptyResult();
    return {
      files: [...this.#files.values()].map(({ finished }) => finished),
      stray: { ...this.#stray.result, isFinished: true },
    };
  }

  #end(test: ReportedTest & { readonly details: { readonly duration_ms: number } }): void {
    if (test.nesting > 0) return;
    const counts = this.#countsOf(test);
    counts.ended++;
    counts.result.milliseconds += test.details.duration_ms;
    addTo(counts.result, this.#inner);
    this.#inner = emptyResult();
  }

  /** Tests that a file shares with others (a contract) are written elsewhere: such a file has a process of its own. */
  #countsOf({ file = "" }: ReportedTest): FileCounts {
    return this.#only ?? this.#files.get(file) ?? this.#stray;
  }
}
