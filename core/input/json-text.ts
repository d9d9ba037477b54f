import { RefusalError } from "../refusal.ts";

/**
 * Parses the text of a JSON file. A leading byte order mark, as some editors write it, is ignored (RFC 8259 section
 * 8.1).
 *
 * @throws RefusalError `malformed_request`, with a message that follows the file's name. Also for a member that occurs
 * twice in one object: JSON.parse would silently take the last
 */
export function parseJsonText(textOfFile: string): unknown {
  const text = textOfFile.replace(/^\uFEFF/, "");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const hint = /^\s*\/[/*]/m.test(text) ? " (JSON has no comments)" : "";
    const reason = (cause instanceof Error ? cause.message : String(cause)).replace(/\s+/g, " ");
    throw new RefusalError("malformed_request", `is not JSON: ${reason}${hint}`, { cause });
  }
  const twice = memberThatIsThereTwice(text);
  if (twice === undefined) return value;
  const before = text.slice(0, twice.offset).split("\n");
  const column = (before.at(-1)?.length ?? 0) + 1;
  throw new RefusalError(
    "malformed_request",
    `has ${twice.member} twice in one object, again at line ${before.length}, column ${column}: leave one of them out`,
  );
}

/** @param text valid JSON, so that scanning strings and brackets is enough */
function memberThatIsThereTwice(text: string): { readonly member: string; readonly offset: number } | undefined {
  const names: (Set<unknown> | undefined)[] = [];
  let last = { member: "", offset: 0 };
  for (const { 0: token, index: offset } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]:]/g)) {
    if (token === "{") names.push(new Set());
    else if (token === "[") names.push(undefined);
    else if (token === "}" || token === "]") names.pop();
    else if (token !== ":") last = { member: token, offset };
    else {
      // The same name can be written in several ways: "a" and "\u0061".
      const name: unknown = JSON.parse(last.member);
      if (names.at(-1)?.has(name) === true) return last;
      names.at(-1)?.add(name);
    }
  }
  return undefined;
}
