/** What the agent's exit status says (API.md section 5). */
export const EXIT_STATUS = { done: 0, failed: 1, wrongUsage: 2, noCertificate: 3 } as const;

/**
 * Something the person or program that started the agent must hear of. The message is the whole story in one line: what
 * happened and what to do; never a token, never a key.
 */
export class AgentError extends Error {
  override readonly name: string = "AgentError";
}

/** The command line itself is wrong: nothing was tried. */
export class UsageError extends AgentError {
  override readonly name = "UsageError";
}

/** The first line of any error, for logs and stderr: errors of Node and OpenSSL may have more. */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split("\n", 1)[0] ?? message;
}
