/** Node's codes for a failed connection. The SDK has made all its attempts by then. */
const CONNECTION_CODES: ReadonlySet<string> = new Set([
  "EAI_AGAIN",
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOTFOUND",
  "EPIPE",
  "ETIMEDOUT",
]);

/**
 * Whether an AWS call failed because the service was unavailable or too slow: the same call may succeed later.
 *
 * @param names the service's own error names with this meaning
 */
export function isUnavailable(error: unknown, names: ReadonlySet<string>): error is Error {
  if (!(error instanceof Error)) return false;
  if (names.has(error.name) || error.name === "TimeoutError") return true;
  if ("code" in error && typeof error.code === "string" && CONNECTION_CODES.has(error.code)) return true;
  return statusOf(error) >= 500;
}

function statusOf(error: Error): number {
  if (!("$metadata" in error) || typeof error.$metadata !== "object" || error.$metadata === null) return 0;
  const metadata: object = error.$metadata;
  return "httpStatusCode" in metadata && typeof metadata.httpStatusCode === "number" ? metadata.httpStatusCode : 0;
}
