/** Why the local service cannot start or go on, in one line that says what to do. Anything else that is thrown is a fault of ours. */
export class StartError extends Error {
  override readonly name = "StartError";
}

/** The `code` of a Node.js system error (`ENOENT`, `EADDRINUSE`), undefined for anything else. */
export function systemErrorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
