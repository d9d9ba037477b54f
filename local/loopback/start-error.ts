/** Why the local service cannot start or continue, in one line that says what to do. Any other error is a bug. */
export class StartError extends Error {
  override readonly name = "StartError";
}

/** The `code` of a Node.js system error (`ENOENT`, `EADDRINUSE`). Undefined for anything else. */
export function systemErrorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
