import type { run } from "node:test";

type TestEvents = ReturnType<typeof run>;

/** Of the tests at the top of a file. */
interface FileCounts {
  begun: number;
  ended: number;
  milliseconds: number;
}

interface ReportedTest {
  readonly nesting: number;
  readonly file?: string;
}

/** Where the tests of one process stand. */
export class TestCounts {
  passed = 0;
  failed = 0;
  hasSucceeded = false;
  /** The process was ended, or ended otherwise than tests end. */
  isBroken = false;
  /** Name and reason. A suite that is skipped names none of its tests: it counts as one. */
  readonly skipped: (readonly [string, string])[] = [];
  readonly #files: ReadonlyMap<string, FileCounts>;
  readonly #only: string | undefined;

  /** @param entry what Node.js was started with: itself a test to node:test */
  constructor(paths: readonly string[], entry: string, events: TestEvents) {
    this.#files = new Map(paths.map((path) => [path, { begun: 0, ended: 0, milliseconds: 0 }]));
    this.#only = paths.length === 1 ? paths[0] : undefined;
    events.on("test:enqueue", (test) => {
      const counts = this.#countsOf(test);
      if (counts !== undefined && test.name !== entry) counts.begun++;
    });
    events.on("test:pass", (test) => {
      // A process that reported no test at all.
      if (test.name === entry) return;
      this.#end(test);
      if (test.skip === undefined) this.passed += test.details.type === "suite" ? 0 : 1;
      else this.skipped.push([test.name, typeof test.skip === "string" ? test.skip : "no reason given"]);
    });
    events.on("test:fail", (test) => {
      if (test.name === entry) this.isBroken = true;
      else {
        this.#end(test);
        if (test.details.type !== "suite" && test.todo === undefined) this.failed++;
      }
    });
    events.on("test:summary", ({ success, file }) => {
      if (file === undefined) this.hasSucceeded = success;
    });
  }

  millisecondsOf(path: string): number {
    return this.#files.get(path)?.milliseconds ?? 0;
  }

  /** Whether all its tests, and one at least, came to their end. */
  isFinished(path: string): boolean {
    const { begun = 0, ended = 0 } = this.#files.get(path) ?? {};
    return ended > 0 && ended >= begun;
  }

  #end(test: ReportedTest & { readonly details: { readonly duration_ms: number } }): void {
    const counts = this.#countsOf(test);
    if (counts === undefined) return;
    counts.ended++;
    counts.milliseconds += test.details.duration_ms;
  }

  /** Tests that a file shares with others (a contract) are written elsewhere: such a file has a process of its own. */
  #countsOf({ nesting, file = "" }: ReportedTest): FileCounts | undefined {
    return nesting > 0 ? undefined : this.#files.get(this.#only ?? file);
  }
}
