/** An error as KMS answers it: `__type` and `message` in its own words, which callers and operators know to search for. */
export class KmsError extends Error {
  override readonly name = "KmsError";
  readonly type: string;
  readonly statusCode: number;

  constructor(type: string, message: string, statusCode = 400) {
    super(message);
    this.type = type;
    this.statusCode = statusCode;
  }
}

export function validationError(message: string): KmsError {
  return new KmsError("ValidationException", message);
}

/** The wording of AWS' own model validation; `member` in camel case. */
export function constraintError(value: string, member: string, constraint: string): KmsError {
  return validationError(
    `1 validation error detected: Value ${value} at '${member}' failed to satisfy constraint: ${constraint}`,
  );
}

export function notFound(message: string): KmsError {
  return new KmsError("NotFoundException", message);
}
