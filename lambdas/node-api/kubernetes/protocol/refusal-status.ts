import type { RefusalCode, RefusalError } from "../../../../core/refusal.ts";
import { CSR_RESOURCE } from "./resources.ts";
import { badRequest, forbiddenBecause, notFound, StatusError, tooManyRequests, unauthorized } from "./status.ts";

/** The Retry-After of refusals that have none of their own. */
const DEFAULT_RETRY_AFTER_SECONDS = 2;

type Kind = "bad" | "unauthorized" | "forbidden" | "missing" | "large" | "media" | "later" | "unavailable";

/**
 * No code becomes 409. A kubelet takes 409 for AlreadyExists and reuses an object that does not exist; kubectl takes it
 * for Conflict and tries ten times (K7.2, K9.2). What a retry cannot fix is 403: a kubelet prints the reason and tries
 * again later. What passes with time is 429 or 503 with Retry-After, which every client honours (K7.7).
 */
const KINDS: Readonly<Record<RefusalCode, Kind>> = {
  malformed_request: "bad",
  bad_csr: "bad",
  weak_key: "forbidden",
  invalid_token: "unauthorized",
  invalid_client_certificate: "unauthorized",
  invalid_proof: "unauthorized",
  invalid_evidence: "unauthorized",
  certificate_expired: "unauthorized",
  denied_by_policy: "forbidden",
  request_denied: "forbidden",
  certificate_revoked: "forbidden",
  certificate_superseded: "forbidden",
  certificate_unknown: "forbidden",
  outside_token: "forbidden",
  not_found: "missing",
  method_not_allowed: "missing",
  node_name_taken: "forbidden",
  token_spent: "forbidden",
  request_voided: "forbidden",
  already_decided: "forbidden",
  too_large: "large",
  unsupported_media_type: "media",
  rate_limited: "later",
  request_in_progress: "later",
  signer_busy: "unavailable",
  identity_provider_unavailable: "unavailable",
};

/** A core refusal as a Kubernetes status, with the refusal as its cause. `name` is the name of the object concerned. */
export function statusOfRefusal(refusal: RefusalError, name: string): StatusError {
  const { reason, message, details } = kubernetesStatus(refusal, name);
  return new StatusError(reason, message, details, { cause: refusal });
}

function kubernetesStatus(refusal: RefusalError, name: string): StatusError {
  const { message, code, rule, field, retryAfterSeconds = DEFAULT_RETRY_AFTER_SECONDS } = refusal;
  switch (KINDS[code]) {
    case "bad":
      return badRequest(message);
    case "unauthorized":
      return unauthorized();
    case "missing":
      return notFound(CSR_RESOURCE, name);
    case "large":
      return new StatusError("RequestEntityTooLarge", message);
    case "media":
      return new StatusError("UnsupportedMediaType", message);
    case "later":
      return tooManyRequests(message, retryAfterSeconds);
    case "unavailable":
      return new StatusError("ServiceUnavailable", message, { retryAfterSeconds });
    case "forbidden":
      return forbiddenBecause(CSR_RESOURCE, name, `${message}${decidedBy(rule, field)}`);
  }
}

/** As everywhere, a denial names the rule and the field. */
function decidedBy(rule: string | undefined, field: string | undefined): string {
  const parts = [...(rule === undefined ? [] : [`rule ${rule}`]), ...(field === undefined ? [] : [`field ${field}`])];
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
}
