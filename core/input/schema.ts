import * as z from "zod/mini";
import { RefusalError } from "../refusal.ts";

/** Checks input by a schema, with messages that a caller can act on. */

/** @throws RefusalError `malformed_request` naming the first wrong member, what was got and what is allowed */
export function checked<T>(schema: z.ZodMiniType<T>, value: unknown, what: string): T {
  const result = z.safeParse(schema, value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = issue === undefined ? "" : pathOf(issue.path);
  const wrong = issue === undefined ? "it is not acceptable" : describe(issue, valueAt(value, issue.path), schema);
  const field = path === "" ? undefined : path;
  const subject = field === undefined ? what : `${what}: "${field}"`;
  throw new RefusalError("malformed_request", `${subject} ${wrong}`, field === undefined ? {} : { field });
}

function pathOf(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => (typeof part === "number" ? `[${part}]` : `${index === 0 ? "" : "."}${String(part)}`))
    .join("");
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, part) => (typeof inner === "object" && inner !== null ? Reflect.get(inner, part) : undefined),
    value,
  );
}

function describe(issue: z.core.$ZodIssue, got: unknown, schema: z.core.$ZodType): string {
  switch (issue.code) {
    case "unrecognized_keys":
      return `must not have the member "${issue.keys[0] ?? ""}"${allowedAt(schema, issue.path)}`;
    case "invalid_type":
      return got === undefined ? "is missing" : `must be ${articled(issue.expected)}, got ${shown(got)}`;
    case "too_small":
      return `must be at least ${String(issue.minimum)}${unitOf(issue.origin)}, got ${measured(got, issue.origin)}`;
    case "too_big":
      return `must be at most ${String(issue.maximum)}${unitOf(issue.origin)}, got ${measured(got, issue.origin)}`;
    case "invalid_value":
      return got === undefined
        ? "is missing"
        : `must be ${issue.values.map((value) => JSON.stringify(value)).join(" or ")}, got ${shown(got)}`;
    case "custom":
      return withGot(issue.message, got);
    default:
      return got === undefined ? "is missing" : `is not acceptable, got ${shown(got)}`;
  }
}

/** The members that an object may have at a path of the schema. */
function allowedAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): string {
  const inner = path.reduce<z.core.$ZodType | undefined>(
    (outer, part) => (outer === undefined ? undefined : partOf(unwrapped(outer), part)),
    schema,
  );
  const members = inner === undefined ? [] : Object.keys(shapeOf(unwrapped(inner)) ?? {});
  return members.length === 0 ? "" : `; allowed are ${members.join(", ")}`;
}

function partOf(schema: z.core.$ZodType, part: PropertyKey): z.core.$ZodType | undefined {
  if (schema instanceof z.ZodMiniArray) return schema.def.element;
  return shapeOf(schema)?.[String(part)];
}

function shapeOf(schema: z.core.$ZodType): Readonly<Record<string, z.core.$ZodType>> | undefined {
  return schema instanceof z.ZodMiniObject ? schema.def.shape : undefined;
}

/** The schema inside `optional` and `default`. */
function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  return schema instanceof z.ZodMiniOptional || schema instanceof z.ZodMiniDefault
    ? unwrapped(schema.def.innerType)
    : schema;
}

/**
 * Adds the value that was got, before the reason if there is one. Not for objects, or where the message already says
 * it.
 */
function withGot(message: string, got: unknown): string {
  if (message.includes("got ") || got === undefined || typeof got === "object") return message;
  const [rule = "", ...reasons] = message.split(": ");
  return [`${rule}, got ${shown(got)}`, ...reasons].join(": ");
}

function articled(type: string): string {
  if (type === "int") return "a whole number";
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}

function unitOf(origin: string): string {
  if (origin === "string") return " characters";
  return origin === "array" ? " members" : "";
}

function measured(got: unknown, origin: string): string {
  return origin === "string" || origin === "array"
    ? String(Array.isArray(got) || typeof got === "string" ? got.length : 0)
    : shown(got);
}

/** A value for a message: short, and never a bootstrap token that was put into the wrong member. */
export function shown(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "string" && /[a-z0-9]{6}\.[a-z0-9]{16}/.test(value)) return "a bootstrap token";
  if (typeof value === "string") return value.length <= 32 ? JSON.stringify(value) : `${value.length} characters`;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return Array.isArray(value) ? "an array" : `a value of type ${typeof value}`;
}

/** A check with its own message: `must …`. */
export function must<T>(isAllowed: (value: T) => boolean, message: string): z.core.$ZodCheck<T> {
  return z.refine(isAllowed, { error: message });
}

/** The same, where the message depends on the value: why it is not allowed, or undefined when it is. */
export function mustHaveNo<T>(faultOf: (value: T) => string | undefined): z.core.$ZodCheck<T> {
  return z.check<T>(({ value, issues }) => {
    const message = faultOf(value);
    if (message !== undefined) issues.push({ code: "custom", message, input: value });
  });
}
