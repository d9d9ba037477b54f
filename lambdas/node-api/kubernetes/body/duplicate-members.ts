/** Brackets, strings and separators. Everything else is numbers and literals. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:,]/g;

interface Level {
  readonly path: string;
  /** Undefined in an array. */
  readonly seen: Set<string> | undefined;
  isKeyNext: boolean;
  index: number;
  key: string;
}

/**
 * Each is repeated to the client with its whole path. Without a limit a short text could give an answer a thousand
 * times longer.
 */
const MOST_DUPLICATES = 100;
const MOST_PATH_CHARACTERS = 300;

/**
 * The paths of members that occur twice in an object of this JSON text, which `JSON.parse` does not report. Only the
 * first ones, shortened. The text must be valid JSON.
 */
export function duplicateMembers(text: string): readonly string[] {
  const duplicates: string[] = [];
  const levels: Level[] = [];
  for (const [token] of text.matchAll(TOKEN)) {
    const level = levels.at(-1);
    if (token === "{" || token === "[") {
      const isObject = token === "{";
      levels.push({
        path: pathWithin(level),
        seen: isObject ? new Set() : undefined,
        isKeyNext: isObject,
        index: 0,
        key: "",
      });
    } else if (token === "}" || token === "]") {
      levels.pop();
    } else if (level === undefined || token === ":") {
      continue;
    } else if (token === ",") {
      level.isKeyNext = level.seen !== undefined;
      level.index++;
    } else if (level.isKeyNext) {
      level.isKeyNext = false;
      level.key = String(JSON.parse(token));
      if (level.seen?.has(level.key) === true) duplicates.push(pathWithin(level).slice(0, MOST_PATH_CHARACTERS));
      if (duplicates.length === MOST_DUPLICATES) break;
      level.seen?.add(level.key);
    }
  }
  return duplicates;
}

function pathWithin(level: Level | undefined): string {
  if (level === undefined) return "";
  if (level.seen === undefined) return `${level.path}[${level.index}]`;
  return level.path === "" ? level.key : `${level.path}.${level.key}`;
}
