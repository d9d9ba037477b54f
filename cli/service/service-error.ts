import { OperatorError } from "../program/operator-error.ts";

export interface ServiceErrorDetails {
  readonly status: number;
  /** The service's refusal code (API.md section 2). Undefined when something in front of the service answered. */
  readonly code: string | undefined;
  readonly retryAfterSeconds: number | undefined;
}

/** An answer that is not a success. */
export class ServiceError extends OperatorError {
  override readonly name = "ServiceError";
  readonly status: number;
  readonly code: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(message: string, { status, code, retryAfterSeconds }: ServiceErrorDetails) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Adds a hint to one refusal, where the command knows better than the service what to do. */
export function withHint(error: unknown, code: string, hint: string): unknown {
  if (!(error instanceof ServiceError) || error.code !== code) return error;
  return new ServiceError(`${error.message}; ${hint}`, error);
}
