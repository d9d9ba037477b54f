import { isJsonObject, type JsonObject } from "../input/json-object.ts";
import { matchesNamePattern } from "../certificate/name-pattern.ts";

/** What a token says, not yet checked member by member. */
export type Claims = JsonObject;

/**
 * The claim at a path such as `kubernetes.io.pod.name`. Members may hold dots themselves, so every way to take the path
 * apart is tried; where two of them lead somewhere, nobody can say which was meant, and there is no claim.
 */
export function claimAt(claims: Claims, path: string): unknown {
  const found = claimsAt(claims, path.split("."));
  return found.length === 1 ? found[0] : undefined;
}

function claimsAt(value: unknown, parts: readonly string[]): readonly unknown[] {
  if (parts.length === 0) return [value];
  if (!isJsonObject(value)) return [];
  return parts.flatMap((_, index) => {
    const member = parts.slice(0, index + 1).join(".");
    return Object.hasOwn(value, member) ? claimsAt(value[member], parts.slice(index + 1)) : [];
  });
}

/** A longer value decides nothing. */
const MAX_VALUE_CHARACTERS = 1024;

/** A claim's values as texts. An object is none. */
export function valuesOfClaim(claims: Claims, path: string): readonly string[] {
  const claim = claimAt(claims, path);
  return (Array.isArray(claim) ? claim : [claim]).flatMap((value: unknown) => {
    const text = typeof value === "number" || typeof value === "boolean" ? String(value) : value;
    return typeof text === "string" && text !== "" && text.length <= MAX_VALUE_CHARACTERS ? [text] : [];
  });
}

/** Whether one of a claim's values is among those that are wanted. */
export function hasClaim(claims: Claims, path: string, patterns: readonly string[]): boolean {
  const values = valuesOfClaim(claims, path);
  return values.some((value) => patterns.some((pattern) => matchesNamePattern(value, pattern)));
}
