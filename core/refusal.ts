/** Why a request was refused. Clients switch on these: add codes, never reword them (docs/api.md lists each). */
export const REFUSAL_CODES = [
  "malformed_request",
  "bad_csr",
  "weak_key",
  "invalid_token",
  "invalid_client_certificate",
  "invalid_proof",
  "invalid_evidence",
  "certificate_expired",
  "denied_by_policy",
  "request_denied",
  "certificate_revoked",
  "certificate_superseded",
  "certificate_unknown",
  "outside_token",
  "not_found",
  "method_not_allowed",
  "node_name_taken",
  "token_spent",
  "request_voided",
  "already_decided",
  "too_large",
  "unsupported_media_type",
  "rate_limited",
  "request_in_progress",
  "signer_busy",
  "identity_provider_unavailable",
] as const;
export type RefusalCode = (typeof REFUSAL_CODES)[number];

/** Of a code that was stored. */
export function isRefusalCode(text: string): text is RefusalCode {
  const codes: readonly string[] = REFUSAL_CODES;
  return codes.includes(text);
}

export interface RefusalDetails {
  /** The policy rule that decided, by its name in the policy. */
  readonly rule?: string;
  /** The member of the request, CSR or identity that failed. */
  readonly field?: string;
  /** For the codes that ask the caller to come back. */
  readonly retryAfterSeconds?: number;
  /** For a method that a path does not have: those that it has. */
  readonly allow?: readonly string[];
  readonly cause?: unknown;
}

/**
 * A request we understood and will not serve. Its message may be shown to the caller: it never holds a secret.
 * Anything else that is thrown is our own failure and stays in the log.
 */
export class RefusalError extends Error {
  override readonly name = "RefusalError";
  readonly code: RefusalCode;
  readonly rule: string | undefined;
  readonly field: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly allow: readonly string[] | undefined;

  constructor(
    code: RefusalCode,
    message: string,
    { rule, field, retryAfterSeconds, allow, cause }: RefusalDetails = {},
  ) {
    super(message, cause === undefined ? {} : { cause });
    this.code = code;
    this.rule = rule;
    this.field = field;
    this.retryAfterSeconds = retryAfterSeconds;
    this.allow = allow;
  }
}
