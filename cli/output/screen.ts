import { isatty } from "node:tty";

/** Where a command writes its output. */
export interface Screen {
  /** Writes to stdout. */
  readonly write: (text: string) => void;
  /** One line to stderr. */
  readonly note: (line: string) => void;
  /** Whether stdout is a terminal. */
  readonly isTerminal: boolean;
  /** The terminal's width in characters. */
  readonly columns: number;
  readonly hasColour: boolean;
}

const DEFAULT_COLUMNS = 80;

/** NO_COLOR as in https://no-color.org: any value but the empty one. */
export function screenOf({ stdout, stderr, env }: NodeJS.Process): Screen {
  const isTerminal = isatty(stdout.fd);
  return {
    write: (text) => void stdout.write(text),
    note: (line) => void stderr.write(`${line}\n`),
    isTerminal,
    // A terminal of unknown size reports 0.
    columns: isTerminal ? stdout.columns || DEFAULT_COLUMNS : DEFAULT_COLUMNS,
    hasColour: isTerminal && !env["NO_COLOR"] && env["TERM"] !== "dumb",
  };
}
