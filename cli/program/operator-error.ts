/** What the exit status says (API.md section 4). */
export const EXIT_STATUS = { done: 0, failed: 1, wrongUsage: 2 } as const;

/**
 * Something the operator must hear of. The message is the whole story in one line: what happened and what to do; never a
 * token's secret.
 */
export class OperatorError extends Error {
  override readonly name: string = "OperatorError";
}

/** The command line or its environment variables are wrong: nothing was tried. */
export class UsageError extends OperatorError {
  override readonly name = "UsageError";
}

/** The first line of any error: those of Node.js and OpenSSL may have more. */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split("\n", 1)[0] ?? message;
}
