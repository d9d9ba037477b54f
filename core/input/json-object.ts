/** An object from JSON.parse, not yet checked. Unknown members are kept, so that they can be shown unchanged. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @returns undefined for text that is not JSON, or JSON that is not an object */
export function parseJsonObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function stringMember(object: JsonObject, name: string): string | undefined {
  const value = object[name];
  return typeof value === "string" ? value : undefined;
}

/** A member as text to show. Undefined also for an empty string. */
export function textMember(object: JsonObject, name: string): string | undefined {
  const value = object[name];
  if (typeof value === "string") return value === "" ? undefined : value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
}

export function numberMember(object: JsonObject, name: string): number | undefined {
  const value = object[name];
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** A member that is a time (RFC 3339). */
export function dateMember(object: JsonObject, name: string): Date | undefined {
  const at = new Date(stringMember(object, name) ?? Number.NaN);
  return Number.isNaN(at.getTime()) ? undefined : at;
}

/** The strings of an array. Empty when the member is not an array. */
export function stringsMember(object: JsonObject, name: string): readonly string[] {
  const value = object[name];
  return Array.isArray(value) ? value.filter((element) => typeof element === "string") : [];
}

export function objectMember(object: JsonObject, name: string): JsonObject | undefined {
  const value = object[name];
  return isJsonObject(value) ? value : undefined;
}

/** @returns undefined when it is not an array of objects only */
export function objectsMember(object: JsonObject, name: string): readonly JsonObject[] | undefined {
  const value = object[name];
  return Array.isArray(value) && value.every(isJsonObject) ? value : undefined;
}
