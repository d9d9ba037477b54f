/** The exit statuses (API.md section 4). */
export const EXIT_STATUS = { done: 0, failed: 1, wrongUsage: 2 } as const;

/**
 * An error for the operator. The message is one line: what happened and what to do. It never holds a token's secret.
 */
export class OperatorError extends Error {
  override readonly name: string = "OperatorError";
}

/** The command line or its environment variables are wrong: nothing was tried. */
export class UsageError extends OperatorError {
  override readonly name = "UsageError";
}

/** The first line of any error. Those of Node.js and OpenSSL may have more lines. */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split("\n", 1)[0] ?? message;
}
