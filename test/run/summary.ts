import { addTo, emptyResult, hasFailed, type FileResult } from "./file-result.ts";

/** What a run comes to, and what it says at its end. */
export class Summary {
  /** By file and stage. What was run again has the later result. */
  readonly #results = new Map<string, FileResult>();
  readonly #stray = emptyResult();
  readonly #cpuSeconds: (readonly [string, number])[] = [];
  readonly #troubles: string[] = [];
  readonly #flaky: string[] = [];
  readonly #unfinished = new Set<string>();
  readonly #longestList: number;

  /** @param longestList how many lines a list has at most */
  constructor(longestList: number) {
    this.#longestList = longestList;
  }

  /** What is to run. It counts as failed until it came to its end. */
  expect(name: string): void {
    this.#unfinished.add(name);
  }

  done(name: string): void {
    this.#unfinished.delete(name);
  }

  add(name: string, result: FileResult): void {
    this.#results.set(name, result);
    if (result.isFinished) this.done(name);
  }

  /** What a file came to when it ran again by itself. */
  addAgain(name: string, result: FileResult, firstFailures: readonly string[]): void {
    this.add(name, result);
    if (!hasFailed(result)) this.#flaky.push(`${name} (${firstFailures.join("; ")})`);
  }

  /** Of tests that no file can be told to have. */
  addStray(result: FileResult): void {
    addTo(this.#stray, result);
  }

  /** Of a process, with the programs that it started. */
  addCpu(name: string, seconds: number): void {
    this.#cpuSeconds.push([name, seconds]);
  }

  /** The run has failed, whatever the tests say. */
  trouble(what: string): void {
    this.#troubles.push(what);
  }

  /** Prints it all. @returns the exit status */
  close(): 0 | 1 {
    const total = emptyResult();
    for (const result of [...this.#results.values(), this.#stray]) addTo(total, result);
    this.#printMost(
      "slowest",
      [...this.#results].map(([name, { milliseconds }]) => [name, milliseconds / 1000]),
    );
    const cpuSeconds = this.#cpuSeconds.reduce((sum, [, seconds]) => sum + seconds, 0);
    this.#printMost(`most CPU, of ${cpuSeconds.toFixed(0)} s in all`, this.#cpuSeconds);
    for (const [reason, skips] of Map.groupBy(total.skipped, ([, reason]) => reason)) {
      const some = `${skips
        .slice(0, 3)
        .map(([name]) => name)
        .join("; ")}${skips.length > 3 ? "; …" : ""}`;
      console.log(`skipped ${skips.length}: ${reason} (${some})`);
    }
    const unfinished = this.#unfinished.size;
    const failed = total.failed + unfinished;
    const troubles = [
      ...this.#troubles,
      ...(unfinished === 0 ? [] : [`${unfinished} did not run to their end`]),
      ...(total.passed + failed === 0 ? ["no test ran"] : []),
    ];
    for (const name of this.#unfinished) console.log(`did not run to its end: ${name}`);
    for (const flaky of this.#flaky) console.log(`FLAKY: ${flaky} failed once and passed alone`);
    if (troubles.length > 0) console.log(`FAILED: ${troubles.join("; ")}`);
    const counts = [`${total.passed} passed`, `${failed} failed`, `${total.skipped.length} skipped`];
    if (this.#flaky.length > 0) counts.push(`${this.#flaky.length} flaky`);
    console.log(counts.join(", "));
    return failed > 0 || troubles.length > 0 ? 1 : 0;
  }

  #printMost(heading: string, seconds: readonly (readonly [string, number])[]): void {
    if (seconds.length < 2) return;
    console.log(`\n${heading}:`);
    for (const [name, value] of seconds.toSorted(([, a], [, b]) => b - a).slice(0, this.#longestList))
      console.log(`${value.toFixed(1).padStart(7)} s  ${name}`);
  }
}
