/** Control, format and separator characters: they move a terminal's cursor, or turn its line around. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

/** Somebody else's text on our terminal: no control characters, no end of line, not endless. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, " ").slice(0, 500);
}

/** JSON lets controls above ASCII through, and characters that are not seen. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replace(/[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu, escaped);
}

function escaped(character: string): string {
  return Array.from({ length: character.length }, (_, index) => {
    return `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`;
  }).join("");
}
