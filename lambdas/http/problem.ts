import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { RefusalError, type RefusalCode } from "../../core/refusal.ts";

/** The only place that knows the status codes of refusals. A code without one does not compile. */
export const STATUS: Readonly<Record<RefusalCode, number>> = {
  malformed_request: 400,
  bad_csr: 400,
  weak_key: 400,
  invalid_token: 401,
  invalid_client_certificate: 401,
  invalid_proof: 401,
  invalid_evidence: 401,
  certificate_expired: 401,
  denied_by_policy: 403,
  request_denied: 403,
  certificate_revoked: 403,
  certificate_superseded: 403,
  certificate_unknown: 403,
  outside_token: 403,
  not_found: 404,
  method_not_allowed: 405,
  node_name_taken: 409,
  token_spent: 409,
  request_voided: 409,
  already_decided: 409,
  too_large: 413,
  unsupported_media_type: 415,
  rate_limited: 429,
  request_in_progress: 429,
  signer_busy: 503,
  identity_provider_unavailable: 503,
};

/** One word for what the caller should do, for callers that know no codes. */
export type NextStep = "keep" | "renew" | "wait" | "retry" | "new-key" | "join" | "stop";

/** What is not here stops: a person has to change something first. */
const NEXT_STEPS: Readonly<Partial<Record<RefusalCode | "internal", NextStep>>> = {
  request_voided: "new-key",
  invalid_token: "join",
  invalid_evidence: "join",
  token_spent: "join",
  certificate_expired: "join",
  certificate_revoked: "join",
  certificate_superseded: "join",
  rate_limited: "retry",
  request_in_progress: "retry",
  signer_busy: "retry",
  identity_provider_unavailable: "retry",
  internal: "retry",
};

/** As RFC 9110 names them. */
export const TITLES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  409: "Conflict",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/** Answers that ask the caller to retry always say when. */
const DEFAULT_RETRY_AFTER_SECONDS = 2;

/** RFC 9457, with our own members `code`, `rule` and `field`. */
export function problem(refusal: RefusalError): APIGatewayProxyStructuredResultV2 {
  const { code, rule, field, message } = refusal;
  const status = STATUS[code];
  const headers: Record<string, string> = { ...agentHeaders(code), "nodeseal-detail": headerText(message) };
  if (status === 401) headers["www-authenticate"] = "Bearer";
  if (status === 429 || status === 503)
    headers["retry-after"] = String(refusal.retryAfterSeconds ?? DEFAULT_RETRY_AFTER_SECONDS);
  if (refusal.allow !== undefined) headers["allow"] = refusal.allow.join(", ");
  return problemDocument(
    status,
    { code, detail: message, ...(rule === undefined ? {} : { rule }), ...(field === undefined ? {} : { field }) },
    headers,
  );
}

/** An internal error. Its details stay in the log. */
export function internalProblem(): APIGatewayProxyStructuredResultV2 {
  return problemDocument(500, { code: "internal" }, agentHeaders("internal"));
}

/** The problem once more, for callers that read no JSON (`nodeseal-join.sh`). */
function agentHeaders(code: RefusalCode | "internal"): Record<string, string> {
  return { "nodeseal-code": code, "nodeseal-next": NEXT_STEPS[code] ?? "stop" };
}

const MAX_HEADER_CHARACTERS = 500;

/** Messages may repeat what a caller sent: a header is one line of printable ASCII. */
function headerText(message: string): string {
  const ascii = message.replace(/[^ -~]/g, "?");
  return ascii.length > MAX_HEADER_CHARACTERS ? `${ascii.slice(0, MAX_HEADER_CHARACTERS - 3)}...` : ascii;
}

function problemDocument(
  status: number,
  members: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>>,
): APIGatewayProxyStructuredResultV2 {
  const body = {
    type: `urn:nodeseal:problem:${members["code"] ?? "internal"}`,
    title: TITLES[status],
    status,
    ...members,
  };
  return {
    statusCode: status,
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      ...headers,
    },
    body: JSON.stringify(body),
  };
}
