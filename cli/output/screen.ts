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
  /** Asks on stderr, and resolves to the line that is typed. Undefined where nobody sits. */
  readonly ask?: ((question: string) => Promise<string>) | undefined;
}

const DEFAULT_COLUMNS = 80;

/** NO_COLOR as in https://no-color.org: any value but the empty one. */
export function screenOf({ stdin, stdout, stderr, env }: NodeJS.Process): Screen {
  const isTerminal = isatty(stdout.fd);
  return {
    write: (text) => void stdout.write(text),
    note: (line) => void stderr.write(`${line}\n`),
    isTerminal,
    // A terminal of unknown size reports 0.
    columns: isTerminal ? stdout.columns || DEFAULT_COLUMNS : DEFAULT_COLUMNS,
    hasColour: isTerminal && !env["NO_COLOR"] && env["TERM"] !== "dumb",
    ask: isatty(stdin.fd) && isatty(stderr.fd) ? (question) => lineFrom(stdin, stderr, question) : undefined,
  };
}

/** Empty when the input ends instead. */
async function lineFrom(
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
  question: string,
): Promise<string> {
  const { createInterface } = await import("node:readline");
  const reader = createInterface({ input, output });
  return new Promise((resolve) => {
    reader.once("close", () => resolve(""));
    reader.question(question, (line) => {
      resolve(line);
      reader.close();
    });
  });
}
