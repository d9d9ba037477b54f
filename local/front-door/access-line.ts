export interface AccessEntry {
  readonly method: string;
  /** The request target, unchanged. */
  readonly target: string;
  readonly statusCode: number;
  readonly milliseconds: number;
}

/**
 * One line for people: method, path without its query, status, time. Headers and bodies are left out, because they hold
 * secrets.
 */
export function accessLine({ method, target, statusCode, milliseconds }: AccessEntry, hasColour: boolean): string {
  const path = (target.split("?")[0] ?? "")
    .replace(/[^\x21-\x7e]/g, "?")
    .replace(TOKEN, "$1.…")
    .slice(0, MOST_PATH_CHARACTERS);
  const status = hasColour ? `\u001b[${colourOf(statusCode)}m${statusCode}\u001b[0m` : String(statusCode);
  return `${method} ${path} ${status} ${milliseconds.toFixed(0)} ms`;
}

/** People put the whole token where its id belongs. */
const TOKEN = /([a-z0-9]{6})\.[a-z0-9]{16}/g;

const MOST_PATH_CHARACTERS = 200;

/** Green, yellow, red. */
function colourOf(statusCode: number): number {
  if (statusCode >= 500) return 31;
  return statusCode >= 400 ? 33 : 32;
}
