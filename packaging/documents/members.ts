import * as z from "zod/mini";

export type JsonSchema = Readonly<Record<string, unknown>>;

/** One member of a file that people write. */
export interface Member {
  /** `alarms.email`, `rules[].name`. */
  readonly path: string;
  readonly schema: JsonSchema;
  readonly isRequired: boolean;
}

/** What a member means, by its path; and what its schema cannot tell of it. */
export type Meanings = Readonly<Record<string, string | { readonly means: string; readonly allowed: JsonSchema }>>;

/**
 * The JSON Schema of a file, with a description at every member.
 *
 * @throws Error naming the members without a meaning, and the meanings without a member
 */
export function describedSchema(schema: z.ZodMiniType, title: string, meanings: Meanings): JsonSchema {
  const made: JsonSchema = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  const known = membersOf(made).map(({ path }) => path);
  const missing = known.filter((path) => !Object.hasOwn(meanings, path));
  const stray = Object.keys(meanings).filter((path) => !known.includes(path));
  if (missing.length + stray.length > 0)
    throw new Error(
      `${title}: say in packaging/documents/ what these members mean: ${missing.join(", ") || "none"}; and take out: ${stray.join(", ") || "none"}`,
    );
  const properties = { $schema: { type: "string", description: "The JSON Schema of this file, for editors" } };
  const whole = withMeanings(made, "", meanings);
  return { ...whole, title, properties: { ...properties, ...propertiesOf(whole) } };
}

/** Every member, those of sections too, in the order of the schema. */
export function membersOf(schema: JsonSchema, prefix = ""): Member[] {
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  return Object.entries(propertiesOf(schema)).flatMap(([name, member]) => {
    const path = `${prefix}${name}`;
    return [{ path, schema: member, isRequired: required.includes(name) }, ...innerMembers(member, path)];
  });
}

function innerMembers(member: JsonSchema, path: string): Member[] {
  const object = objectOf(member);
  if (object !== undefined) return membersOf(object, `${path}.`);
  const items = objectOf(member["items"]);
  return items === undefined ? [] : membersOf(items, `${path}[].`);
}

function withMeanings(schema: JsonSchema, prefix: string, meanings: Meanings): JsonSchema {
  const properties = Object.entries(propertiesOf(schema)).map(([name, member]): [string, JsonSchema] => {
    const path = `${prefix}${name}`;
    const said = meanings[path] ?? "";
    const notes = typeof said === "string" ? { description: said } : { ...said.allowed, description: said.means };
    return [name, { ...inner(member, path, meanings), ...notes }];
  });
  return properties.length === 0 ? schema : { ...schema, properties: Object.fromEntries(properties) };
}

function inner(member: JsonSchema, path: string, meanings: Meanings): JsonSchema {
  if (objectOf(member["items"]) !== undefined)
    return { ...member, items: withMeanings(member["items"] as JsonSchema, `${path}[].`, meanings) };
  const anyOf = member["anyOf"];
  if (Array.isArray(anyOf))
    return { ...member, anyOf: anyOf.map((one: JsonSchema) => withMeanings(one, `${path}.`, meanings)) };
  return withMeanings(member, `${path}.`, meanings);
}

/** The schema that has members: the one itself, or what may be null. */
function objectOf(schema: unknown): JsonSchema | undefined {
  if (typeof schema !== "object" || schema === null) return undefined;
  const one = schema as JsonSchema;
  if (one["properties"] !== undefined) return one;
  return Array.isArray(one["anyOf"]) ? one["anyOf"].map(objectOf).find((found) => found !== undefined) : undefined;
}

function propertiesOf(schema: JsonSchema): Readonly<Record<string, JsonSchema>> {
  return (schema["properties"] ?? {}) as Readonly<Record<string, JsonSchema>>;
}
