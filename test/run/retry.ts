import { emptyResult, hasFailed } from "./file-result.ts";
import type { TestResult } from "./test-process.ts";

export interface ProcessResult extends TestResult {
  /** It was ended, for it took longer than a process may. */
  readonly isTooLong: boolean;
}

/** A file that shall run once more, by itself. */
export interface Failed {
  readonly file: string;
  /** What went wrong the first time. */
  readonly failures: readonly string[];
}

/** Which files of a process failed: all of them, where the failure cannot be told to be one file's. */
export function failedOf(members: readonly string[], result: ProcessResult): readonly Failed[] {
  // A process that exits in the midst of a test succeeds, to Node.js.
  if (result.hasSucceeded && !result.files.some(hasFailed)) return [];
  const failed = members.flatMap((file, i): Failed[] => {
    const { failures, isFinished, ...counts } = result.files[i] ?? emptyResult();
    if (!hasFailed({ failures, isFinished, ...counts })) return [];
    const cut = result.isTooLong ? "took too long" : "did not run to its end";
    return [{ file, failures: isFinished ? failures : [...failures, cut] }];
  });
  if (failed.length > 0 && !hasFailed(result.stray)) return failed;
  const failures = hasFailed(result.stray) ? result.stray.failures : ["its process failed"];
  return members.map((file) => failed.find((known) => known.file === file) ?? { file, failures });
}
