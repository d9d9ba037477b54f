import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** Programs of this project, in processes of their own, whose clocks a test moves: 400 days pass between two lines. */
export interface TimeMachine {
  /** For whatever goes with it. */
  readonly directory: string;
  /** What a program must find in its environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly now: () => Date;
  /** Forward; resolves when every program has seen it. */
  readonly travel: (seconds: number) => Promise<void>;
  readonly close: () => void;
}

/** Several times as long as a program takes to look at its clock again. */
const SEEN_AFTER_MS = 100;

export function timeMachine(): TimeMachine {
  const directory = mkdtempSync(join(tmpdir(), "nodeseal-clock-"));
  const file = join(directory, "ahead");
  let aheadSeconds = 0;
  writeFileSync(file, "0");
  const preload = pathToFileURL(join(import.meta.dirname, "moved-clock.ts")).href;
  return {
    directory,
    environment: { NODESEAL_TEST_CLOCK: file, NODE_OPTIONS: `--import ${preload}` },
    now: () => new Date(Date.now() + aheadSeconds * 1000),
    travel: async (seconds) => {
      aheadSeconds += seconds;
      // In one step: half a number would be another time.
      writeFileSync(`${file}.new`, String(aheadSeconds));
      renameSync(`${file}.new`, file);
      await new Promise((resolve) => setTimeout(resolve, SEEN_AFTER_MS));
    },
    close: () => rmSync(directory, { recursive: true, force: true }),
  };
}
