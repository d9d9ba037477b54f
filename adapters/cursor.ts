import { RefusalError } from "../core/refusal.ts";

/** Twice what the longest names of two keys need. */
const MAX_CURSOR_CHARACTERS = 8192;

/**
 * The shape of an id in a position: an object's name has up to 253 characters, plus a suffix. DynamoDB fails on a start
 * key longer than 1,024 octets.
 */
export const ID_SHAPE = /^.{1,300}$/s;

/**
 * Where a list was left, for the caller to send back. It names its list, filters included: a position in one list is
 * meaningless in another. It is neither a secret nor a permission: a forged one only starts at another place.
 */
export function encodeCursor(list: readonly string[], position: readonly string[]): string {
  return Buffer.from(JSON.stringify([list, position])).toString("base64url");
}

/**
 * Reads a cursor.
 *
 * @param shape one pattern for each part of the position
 * @throws RefusalError `malformed_request` unless `encodeCursor` made it for this list
 */
export function decodeCursor(list: readonly string[], shape: readonly RegExp[], cursor: string): readonly string[] {
  const position = positionIn(cursor);
  const isOurs =
    position?.length === shape.length &&
    shape.every((pattern, index) => pattern.test(position[index] ?? "")) &&
    // Each position has one spelling: white space in the JSON, padding, or another list's name all fail here.
    encodeCursor(list, position) === cursor;
  if (!isOurs) {
    throw new RefusalError("malformed_request", '"cursor" must be one that an earlier page of this very list gave', {
      field: "cursor",
    });
  }
  return position;
}

function positionIn(cursor: string): readonly string[] | undefined {
  if (cursor.length > MAX_CURSOR_CHARACTERS) return undefined;
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString());
    const position: unknown = Array.isArray(parsed) ? parsed[1] : undefined;
    return isTexts(position) ? position : undefined;
  } catch {
    // Not JSON, so not our cursor.
    return undefined;
  }
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((part) => typeof part === "string");
}
