/** Kubernetes' reasons: clients act on the reason, not on the status code (K12.3). */
export type StatusReason =
  | "BadRequest"
  | "Unauthorized"
  | "Forbidden"
  | "NotFound"
  | "MethodNotAllowed"
  | "NotAcceptable"
  | "AlreadyExists"
  | "Conflict"
  | "Expired"
  | "RequestEntityTooLarge"
  | "UnsupportedMediaType"
  | "Invalid"
  | "TooManyRequests"
  | "ServiceUnavailable"
  | "InternalError";

const CODES: Readonly<Record<StatusReason, number>> = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  TooManyRequests: 429,
  ServiceUnavailable: 503,
  InternalError: 500,
};

/** What is wrong with one field, in the form of Kubernetes' `field.Error`. */
export interface FieldCause {
  readonly reason:
    | "FieldValueRequired"
    | "FieldValueInvalid"
    | "FieldValueNotSupported"
    | "FieldValueDuplicate"
    | "FieldValueForbidden"
    | "FieldValueTooLong";
  readonly message: string;
  readonly field: string;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  /** The resource's plural, or its kind where Kubernetes uses the kind. */
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly FieldCause[];
  readonly retryAfterSeconds?: number;
}

interface StatusOptions extends ErrorOptions {
  readonly allow?: readonly string[];
}

/** A refusal in Kubernetes' form. Like every refusal's, its message may be shown and holds no secret. */
export class StatusError extends Error {
  override readonly name = "StatusError";
  readonly reason: StatusReason;
  readonly details: StatusDetails | undefined;
  /** For MethodNotAllowed: the methods that there are (RFC 9110 section 15.5.6 wants the header). */
  readonly allow: readonly string[] | undefined;

  constructor(reason: StatusReason, message: string, details?: StatusDetails, options: StatusOptions = {}) {
    super(message, options);
    this.reason = reason;
    this.details = details;
    this.allow = options.allow;
  }

  get code(): number {
    return CODES[this.reason];
  }
}

/** The `Status` object of an error. */
export function failureStatus({ reason, message, details, code }: StatusError): unknown {
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    reason,
    ...(details === undefined ? {} : { details }),
    code,
  };
}

export function invalidValue(field: string, value: string, why: string): FieldCause {
  return { reason: "FieldValueInvalid", field, message: `Invalid value: ${value}: ${why}` };
}

/** A resource as messages name it: `certificatesigningrequests.certificates.k8s.io`. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
}

export function groupResource({ plural, group }: Resource): string {
  return group === "" ? plural : `${plural}.${group}`;
}

export function badRequest(message: string): StatusError {
  return new StatusError("BadRequest", message);
}

export function notFound(resource: Resource, name: string): StatusError {
  return new StatusError(
    "NotFound",
    `${groupResource(resource)} ${JSON.stringify(name)} not found`,
    named(resource, name),
  );
}

/** No resource at this path. */
export function unknownPath(): StatusError {
  return new StatusError("NotFound", "the server could not find the requested resource", {});
}

/** @param allow the methods that the path has */
export function methodNotAllowed(...allow: readonly string[]): StatusError {
  const message = "the server does not allow this method on the requested resource";
  return new StatusError("MethodNotAllowed", message, {}, { allow });
}

export function alreadyExists(resource: Resource, name: string): StatusError {
  return new StatusError(
    "AlreadyExists",
    `${groupResource(resource)} ${JSON.stringify(name)} already exists`,
    named(resource, name),
  );
}

export function conflict(resource: Resource, name: string, why?: string): StatusError {
  const modified = "the object has been modified; please apply your changes to the latest version and try again";
  return new StatusError(
    "Conflict",
    `Operation cannot be fulfilled on ${groupResource(resource)} ${JSON.stringify(name)}: ${why ?? modified}`,
    named(resource, name),
  );
}

/** A body of 64 KB can have ten thousand errors of half a kilobyte each: too much for one answer. */
const MOST_CAUSES = 50;

export function invalid({ kind, group }: Resource, name: string, all: readonly FieldCause[]): StatusError {
  const causes = all.slice(0, MOST_CAUSES);
  const more = all.length > MOST_CAUSES ? [`and ${all.length - MOST_CAUSES} more`] : [];
  const faults = [...causes.map(({ field, message }) => `${field}: ${message}`), ...more];
  const what = faults.length === 1 ? (faults[0] ?? "") : `[${faults.join(", ")}]`;
  const groupKind = group === "" ? kind : `${kind}.${group}`;
  return new StatusError("Invalid", `${groupKind} ${JSON.stringify(name)} is invalid: ${what}`, {
    ...(name === "" ? {} : { name }),
    ...(group === "" ? {} : { group }),
    kind,
    causes,
  });
}

export interface Denied {
  readonly username: string;
  readonly verb: string;
  readonly resource: Resource;
  readonly name?: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly why?: string;
}

/** RBAC's message for a denial. */
export function forbidden({ username, verb, resource, name, subresource, namespace, why }: Denied): StatusError {
  const target = name === undefined ? "" : `${JSON.stringify(name)} `;
  const what = subresource === undefined ? resource.plural : `${resource.plural}/${subresource}`;
  const scope = namespace === undefined ? "at the cluster scope" : `in the namespace ${JSON.stringify(namespace)}`;
  return new StatusError(
    "Forbidden",
    `${groupResource(resource)} ${target}is forbidden: User ${JSON.stringify(username)} cannot ${verb} resource ${JSON.stringify(what)} in API group ${JSON.stringify(resource.group)} ${scope}${why === undefined ? "" : `: ${why}`}`,
    named(resource, name),
  );
}

/** An admission plugin's message: the identity may use the verb, but not on this object. */
export function forbiddenBecause(resource: Resource, name: string, why: string): StatusError {
  return new StatusError(
    "Forbidden",
    `${groupResource(resource)} ${JSON.stringify(name)} is forbidden: ${why}`,
    named(resource, name),
  );
}

/** @param options its cause: the refusal, for the log */
export function unauthorized(options?: ErrorOptions): StatusError {
  return new StatusError("Unauthorized", "Unauthorized", undefined, options);
}

export function tooManyRequests(message: string, retryAfterSeconds: number): StatusError {
  return new StatusError("TooManyRequests", message, { retryAfterSeconds });
}

function named({ group, plural }: Resource, name: string | undefined): StatusDetails {
  return {
    ...(name === undefined || name === "" ? {} : { name }),
    ...(group === "" ? {} : { group }),
    kind: plural,
  };
}
