import { addTo, emptyResult, hasFailed, type FileResult } from "./file-result.ts";

const SLOWEST = 15;

/** What a run comes to, and what it says at its end. */
export class Summary {
  /** By file and stage. What was run again has the later result. */
  readonly #results = new Map<string, FileResult>();
  readonly #stray = emptyResult();
  readonly #troubles: string[] = [];
  readonly #flaky: string[] = [];
  readonly #unfinished = new Set<string>();

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

  /** The run has failed, whatever the tests say. */
  trouble(what: string): void {
    this.#troubles.push(what);
  }

  /** Prints it all. @returns the exit status */
  close(): 0 | 1 {
    const total = emptyResult();
    for (const result of [...this.#results.values(), this.#stray]) addTo(total, result);
    const slowest = [...this.#results].toSorted(([, a], [, b]) => b.milliseconds - a.milliseconds).slice(0, SLOWEST);
    if (slowest.length > 1) console.log("\nslowest:");
    for (const [file, { milliseconds }] of slowest)
      console.log(`${(milliseconds / 1000).toFixed(1).padStart(7)} s  ${file}`);
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
}
