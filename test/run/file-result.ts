/** What came of one test file. */
export interface FileResult {
  passed: number;
  failed: number;
  /** Names of the tests that failed, or what else went wrong. */
  readonly failures: string[];
  /** Name and reason. A suite that is skipped names none of its tests: it counts as one. */
  readonly skipped: (readonly [string, string])[];
  /** Whether all its tests, and one at least, came to their end. */
  isFinished: boolean;
  /** Of its tests. */
  milliseconds: number;
}

export function emptyResult(): FileResult {
  return { passed: 0, failed: 0, failures: [], skipped: [], isFinished: false, milliseconds: 0 };
}

export function hasFailed({ failed, isFinished }: FileResult): boolean {
  return failed > 0 || !isFinished;
}

/** For a reason that is no test of its own. */
export function fail(result: FileResult, reason: string): void {
  result.failed++;
  result.failures.push(reason);
}

/** Adds what was counted apart. */
export function addTo(result: FileResult, part: FileResult): void {
  result.passed += part.passed;
  result.failed += part.failed;
  result.failures.push(...part.failures);
  result.skipped.push(...part.skipped);
  result.milliseconds += part.milliseconds;
}
