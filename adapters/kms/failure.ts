import { RefusalError } from "../../core/refusal.ts";
import { isUnavailable } from "../service-failure.ts";

const BUSY_NAMES: ReadonlySet<string> = new Set([
  "DependencyTimeoutException",
  "KMSInternalException",
  "KeyUnavailableException",
  "ThrottlingException",
]);

/** The quota is counted by the second. Callers retry with jitter. */
const RETRY_AFTER_SECONDS = 2;

/** Errors that only an operator can fix, and how. */
const REMEDIES: Readonly<Record<string, string>> = {
  AccessDeniedException: "allow this function's role to use it, in the key's policy and in the role's",
  DisabledException: "enable it again",
  InvalidKeyUsageException: "it is not a signing key for this algorithm; check the authority's key",
  KMSInvalidStateException: "check its state in KMS: cancel its deletion, or enable it again",
  NotFoundException: "check the ARN and the region; a deleted key cannot be brought back, prepare a new authority",
};

/**
 * Translates a failed call to KMS.
 *
 * @returns RefusalError `signer_busy` when the same call may succeed later; an Error that says what to do when an
 * operator must act; any other error unchanged
 */
export function translateFailure(error: unknown, key: string): unknown {
  if (isUnavailable(error, BUSY_NAMES)) {
    return new RefusalError("signer_busy", "the signing service is busy; try again later", {
      retryAfterSeconds: RETRY_AFTER_SECONDS,
      cause: error,
    });
  }
  const remedy = error instanceof Error ? REMEDIES[error.name] : undefined;
  if (!(error instanceof Error) || remedy === undefined) return error;
  return new Error(`KMS does not use the key ${key} (${error.name}): ${remedy}`, { cause: error });
}
