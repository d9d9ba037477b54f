import { AgentError } from "../program/agent-error.ts";

/** No answer, or none that can be believed: the connection failed, was cut, or took too long. */
export class ConnectionError extends AgentError {
  override readonly name = "ConnectionError";
  /** False when trying again cannot help: the server is not who it should be. */
  readonly isRetryable: boolean;

  constructor(message: string, { isRetryable, cause }: { isRetryable: boolean; cause?: unknown }) {
    super(message, { cause });
    this.isRetryable = isRetryable;
  }
}

export interface ServiceRefusal {
  readonly status: number;
  /** One of API.md section 2, or empty when something else than the service answered. */
  readonly code: string;
  readonly detail: string;
  readonly retryAfterSeconds: number | undefined;
}

/** The service's own "no", an RFC 9457 problem. */
export class ServiceError extends AgentError {
  override readonly name = "ServiceError";
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly retryAfterSeconds: number | undefined;
  readonly isRetryable: boolean;

  constructor({ status, code, detail, retryAfterSeconds }: ServiceRefusal) {
    super(messageFor(status, code, detail));
    this.status = status;
    this.code = code;
    this.detail = detail;
    this.retryAfterSeconds = retryAfterSeconds;
    this.isRetryable = RETRYABLE_STATUSES.includes(status);
  }
}

/** Also 500: the service keeps its promises across retries, and a fault of its own may be gone a moment later. */
const RETRYABLE_STATUSES: readonly number[] = [408, 425, 429, 500, 502, 503, 504];

/** What to do about the refusals a person can do something about. The others speak for themselves. */
const ADVICE: Readonly<Record<string, string>> = {
  invalid_token: "the service does not accept the token; ask for a new one (nodeseal token create)",
  token_spent: "the token has no uses left; ask for a new one (nodeseal token create)",
  node_name_taken:
    "another machine holds this node name; if this one replaces it, an operator releases the name, or makes a token with --replace",
  outside_token:
    "the token is not for this node or this network; ask for one that is (nodeseal token create --node NAME)",
  request_voided: "this request was displaced by another one for the same node; run this again: it makes a new key",
  request_denied: "an administrator denied this request",
  certificate_superseded:
    "this certificate was replaced: somebody else may hold a copy of this disk; find out who, then join again with a new token",
  certificate_unknown:
    "the service signed this machine's certificate and has lost its record of it, as after a restore from a backup; nobody is accused: an operator can admit it (nodeseal recovery admit) and this comes back by itself, or join again with a new token",
  certificate_revoked: "this certificate was revoked; if this machine may come back, join again with a new token",
  certificate_expired:
    "this certificate has expired, and the service does not let it recover; an operator can allow that, or join again with a new token",
  invalid_proof: "the service does not accept the proof made with this machine's certificate",
};

function messageFor(status: number, code: string, detail: string): string {
  const advice = ADVICE[code];
  if (advice === undefined) return `the service answered ${status}${code ? ` ${code}` : ""}: ${detail}`;
  return detail ? `${advice} (${code}: ${detail})` : `${advice} (${code})`;
}

export function isRetryable(error: unknown): boolean {
  return (error instanceof ConnectionError || error instanceof ServiceError) && error.isRetryable;
}

/** The service's last word until somebody acts. */
export function isRefusal(error: unknown): boolean {
  return error instanceof ServiceError && !error.isRetryable;
}

export function retryAfterSecondsOf(error: unknown): number | undefined {
  return error instanceof ServiceError ? error.retryAfterSeconds : undefined;
}

export function refusalCodeOf(error: unknown): string | undefined {
  return error instanceof ServiceError && error.code !== "" ? error.code : undefined;
}
