import type { TestResult } from "./test-process.ts";

const SLOWEST = 15;

/** What a run comes to, and what it says at its end. */
export class Summary {
  #passed = 0;
  #failed = 0;
  readonly #skipped = new Map<string, string[]>();
  readonly #milliseconds: (readonly [string, number])[] = [];
  readonly #troubles: string[] = [];
  readonly #unfinished = new Set<string>();

  /** What is to run. It counts as failed until it came to its end. */
  expect(name: string): void {
    this.#unfinished.add(name);
  }

  done(name: string): void {
    this.#unfinished.delete(name);
  }

  add({ passed, failed, skipped, milliseconds }: TestResult): void {
    this.#passed += passed;
    this.#failed += failed;
    for (const [name, reason] of skipped) this.#skipped.set(reason, [...(this.#skipped.get(reason) ?? []), name]);
    this.#milliseconds.push(...milliseconds);
  }

  /** The run has failed, whatever the tests say. */
  trouble(what: string): void {
    this.#troubles.push(what);
  }

  /** Prints it all. @returns the exit status */
  close(): 0 | 1 {
    const slowest = this.#milliseconds.toSorted(([, a], [, b]) => b - a).slice(0, SLOWEST);
    if (slowest.length > 1) console.log("\nslowest:");
    for (const [file, milliseconds] of slowest)
      console.log(`${(milliseconds / 1000).toFixed(1).padStart(7)} s  ${file}`);
    for (const [reason, names] of this.#skipped) {
      const some = `${names.slice(0, 3).join("; ")}${names.length > 3 ? "; …" : ""}`;
      console.log(`skipped ${names.length}: ${reason} (${some})`);
    }
    const unfinished = this.#unfinished.size;
    const failed = this.#failed + unfinished;
    const troubles = [
      ...this.#troubles,
      ...(unfinished === 0 ? [] : [`${unfinished} did not run to their end`]),
      ...(this.#passed + failed === 0 ? ["no test ran"] : []),
    ];
    for (const name of this.#unfinished) console.log(`did not run to its end: ${name}`);
    if (troubles.length > 0) console.log(`FAILED: ${troubles.join("; ")}`);
    const skips = [...this.#skipped.values()].flat().length;
    console.log(`${this.#passed} passed, ${failed} failed, ${skips} skipped`);
    return failed > 0 || troubles.length > 0 ? 1 : 0;
  }
}
