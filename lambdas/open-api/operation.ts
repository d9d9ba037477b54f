import * as z from "zod/mini";
import type { RefusalCode } from "../../core/refusal.ts";
import type { ADMIN_ANSWERS } from "./admin-answers.ts";
import type { NODE_ANSWERS } from "./node-answers.ts";

/** Names of the schemas of answers, in the part `components` of the document. */
export type AnswerName = keyof typeof NODE_ANSWERS | keyof typeof ADMIN_ANSWERS;

/** One route, in our words. `document.ts` makes OpenAPI of it. */
export interface Description {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  /** None: `NOBODY`. */
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: RequestBody;
  readonly answers: Readonly<Record<number, Answer>>;
  /** The closed list of codes that this route refuses with; those of `EVERYWHERE` besides. */
  readonly refusals: readonly RefusalCode[];
  readonly isDeprecated?: true;
}

export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly description: string;
  readonly required?: true;
  readonly schema: unknown;
  readonly style?: "form";
  readonly explode?: false;
}

export interface RequestBody {
  readonly required: boolean;
  readonly content: Readonly<Record<string, { readonly schema: unknown }>>;
}

export interface Answer {
  readonly description: string;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly content?: Readonly<Record<string, { readonly schema: unknown }>>;
}

/** Of the request as such: no authentication. Proofs are in the body, where there are any. */
export const NOBODY = [{}] as const;

type JsonSchema = Readonly<Record<string, unknown>>;

/** As a request may be. `$schema` names a dialect that OpenAPI 3.1 already implies. */
export function schemaOf(schema: z.ZodMiniType): JsonSchema {
  const made = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return Object.fromEntries(Object.entries(made).filter(([member]) => member !== "$schema"));
}

/**
 * A body in JSON, by the schema that checks it.
 *
 * @param notes what is to be said of its members beside
 */
export function jsonBody<T>(
  schema: z.ZodMiniType<T>,
  notes?: Readonly<{ [Member in keyof T]?: JsonSchema }>,
  isRequired = true,
): RequestBody {
  return {
    required: isRequired,
    content: { "application/json": { schema: withNotes(schemaOf(schema), { ...notes }) } },
  };
}

function withNotes(schema: JsonSchema, notes: Readonly<Record<string, JsonSchema | undefined>>): JsonSchema {
  const properties = schema["properties"];
  if (typeof properties !== "object" || properties === null) return schema;
  const noted = Object.entries(properties).map(([name, member]): [string, unknown] => [
    name,
    { ...(member as JsonSchema), ...notes[name] },
  ]);
  return { ...schema, properties: Object.fromEntries(noted) };
}

/** An answer in JSON of one of the named schemas. */
export function jsonAnswer(description: string, name: AnswerName, headers?: Answer["headers"]): Answer {
  return {
    description,
    ...(headers === undefined ? {} : { headers }),
    content: { "application/json": contentOf(name) },
  };
}

export function contentOf(name: AnswerName): { readonly schema: unknown } {
  return { schema: { $ref: `#/components/schemas/${name}` } };
}

export const TEXT = { schema: { type: "string" } } as const;
/** In OpenAPI 3.1 octets have no type: the media type says all. */
export const OCTETS = { schema: {} } as const;

export function inPath(name: string, description: string, schema: unknown = { type: "string" }): Parameter {
  return { name, in: "path", required: true, description, schema };
}

export function inQuery(name: string, description: string, schema: unknown = { type: "string" }): Parameter {
  return { name, in: "query", description, schema };
}
