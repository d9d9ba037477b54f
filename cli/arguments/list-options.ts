import type { Command } from "commander";
import { countOption } from "./option-values.ts";

export interface ListFlags {
  readonly limit?: number;
  /** True: as often as is usual. */
  readonly watch?: number | true;
}

/** kubectl is told of changes. We ask, and each time costs a reading of the list. */
export const WATCH_SECONDS = 5;

export function addListOptions(command: Command): Command {
  return command
    .option("--limit <n>", "stop after so many", countOption)
    .option("--no-headers", "leave out the line of headers")
    .option(
      "-w, --watch [seconds]",
      `go on, and print what is new or has changed, every ${WATCH_SECONDS} s or as given`,
      countOption,
    );
}
