import * as z from "zod/mini";
import { badRequest } from "../protocol/status.ts";
import type { ObjectBody } from "./object-body.ts";

/**
 * The types of the objects that clients send. Values are checked by validation. Members that are missing here are
 * unknown fields, except in `loose` objects.
 */
const text = z.nullish(z.string());
const textMap = z.nullish(z.record(z.string(), z.string()));
const texts = z.nullish(z.array(z.string()));

const objectMeta = z.object({
  name: text,
  generateName: text,
  namespace: text,
  uid: text,
  resourceVersion: text,
  selfLink: text,
  generation: z.nullish(z.number()),
  creationTimestamp: text,
  deletionTimestamp: text,
  deletionGracePeriodSeconds: z.nullish(z.number()),
  labels: textMap,
  annotations: textMap,
  ownerReferences: z.nullish(z.array(z.looseObject({}))),
  finalizers: texts,
  managedFields: z.nullish(z.array(z.looseObject({}))),
});

const condition = z.object({
  type: text,
  status: text,
  reason: text,
  message: text,
  lastUpdateTime: text,
  lastTransitionTime: text,
});

const requestSchema = z.object({
  apiVersion: text,
  kind: text,
  metadata: z.nullish(objectMeta),
  spec: z.nullish(
    z.object({
      request: text,
      signerName: text,
      expirationSeconds: z.nullish(z.number()),
      usages: texts,
      username: text,
      uid: text,
      groups: texts,
      extra: z.nullish(z.record(z.string(), z.nullable(z.array(z.string())))),
    }),
  ),
  status: z.nullish(z.object({ conditions: z.nullish(z.array(condition)), certificate: text })),
});

const secretSchema = z.object({
  apiVersion: text,
  kind: text,
  metadata: z.nullish(objectMeta),
  type: text,
  data: textMap,
  stringData: textMap,
  immutable: z.nullish(z.boolean()),
});

export type SentRequest = z.output<typeof requestSchema>;
export type SentCondition = z.output<typeof condition>;
export type SentSecret = z.output<typeof secretSchema>;
export type SentMetadata = z.output<typeof objectMeta>;

export interface Decoded<T> {
  readonly object: T;
  /** Warnings for the client: fields that are unknown, or that occur twice. */
  readonly warnings: readonly string[];
}

interface ExpectedKind {
  readonly apiVersion: string;
  readonly kind: string;
}

export function decodeRequestObject(body: ObjectBody, query: URLSearchParams): Decoded<SentRequest> {
  return decodeObject(body, query, requestSchema, {
    apiVersion: "certificates.k8s.io/v1",
    kind: "CertificateSigningRequest",
  });
}

export function decodeSecret(body: ObjectBody, query: URLSearchParams): Decoded<SentSecret> {
  return decodeObject(body, query, secretSchema, { apiVersion: "v1", kind: "Secret" });
}

/**
 * @throws StatusError BadRequest: another kind, a member of another type, or an unknown one under
 * `fieldValidation=Strict`
 */
function decodeObject<T>(
  { object, duplicates }: ObjectBody,
  query: URLSearchParams,
  schema: z.ZodMiniType<T>,
  expected: ExpectedKind,
): Decoded<T> {
  assertKind(object, expected);
  const { kind, apiVersion } = expected;
  const version = apiVersion.split("/").at(-1) ?? "";
  const cannot = `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}`;
  const result = z.safeParse(schema, object);
  if (!result.success) {
    const issue = result.error.issues[0];
    throw badRequest(`${cannot}: json: cannot unmarshal into the field ${pathOf(issue?.path ?? [])}`);
  }
  const faults = [
    ...unknownFields(object, result.data, "").map((path) => `unknown field ${JSON.stringify(path)}`),
    ...duplicates.map((path) => `duplicate field ${JSON.stringify(path)}`),
  ];
  switch (query.get("fieldValidation") ?? "Warn") {
    case "Strict":
      if (faults.length > 0) throw badRequest(`${cannot}: strict decoding error: ${faults.join(", ")}`);
      return { object: result.data, warnings: [] };
    case "Ignore":
      return { object: result.data, warnings: [] };
    default:
      return { object: result.data, warnings: faults };
  }
}

/** A body without kind and version is taken as the expected kind. @throws StatusError BadRequest */
export function assertKind(object: Readonly<Record<string, unknown>>, expected: ExpectedKind): void {
  const apiVersion = object["apiVersion"] ?? "";
  const kind = object["kind"] ?? "";
  if (typeof kind !== "string" || typeof apiVersion !== "string")
    throw badRequest("couldn't get version/kind; json parse error: apiVersion and kind must be strings");
  const isKind = kind === "" || kind === expected.kind;
  if (isKind && (apiVersion === "" || apiVersion === expected.apiVersion)) return;
  if (isKind)
    throw badRequest(
      `the API version in the data (${apiVersion.slice(0, 100)}) does not match the expected API version (${expected.apiVersion})`,
    );
  throw badRequest(
    `the object provided is unrecognized (must be of type ${expected.kind}): got kind ${JSON.stringify(kind.slice(0, 100))} of ${JSON.stringify(apiVersion.slice(0, 100))}`,
  );
}

/** Zod drops members that a schema does not name, so the dropped ones are the unknown ones. */
function unknownFields(sent: unknown, kept: unknown, path: string): readonly string[] {
  if (Array.isArray(sent) && Array.isArray(kept))
    return sent.flatMap((item: unknown, index) => unknownFields(item, kept[index], `${path}[${index}]`));
  if (!isObject(sent) || !isObject(kept)) return [];
  return Object.keys(sent).flatMap((name) => {
    const inner = path === "" ? name : `${path}.${name}`;
    return Object.hasOwn(kept, name) ? unknownFields(sent[name], kept[name], inner) : [inner];
  });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function pathOf(path: readonly PropertyKey[]): string {
  return path.map(String).join(".");
}
