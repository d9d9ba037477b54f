/** The agent's exit statuses (API.md section 5). */
export const EXIT_STATUS = { done: 0, failed: 1, wrongUsage: 2, noCertificate: 3, refused: 4 } as const;

/**
 * An error for the person or program that started the agent. The message is one line: what happened and what to do. It
 * never holds a token or a key.
 */
export class AgentError extends Error {
  override readonly name: string = "AgentError";
}

/** The command line is wrong: nothing was tried. */
export class UsageError extends AgentError {
  override readonly name = "UsageError";
}

/** The first line of any error, for logs and stderr. Errors of Node and OpenSSL may have more lines. */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split("\n", 1)[0] ?? message;
}
