/** Control, format and separator characters: they move a terminal's cursor, or reverse its line. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

/** Foreign text for our terminal: no control characters, no line ends, limited length. */
export function printable(text: string, longest = 500): string {
  return text.replace(UNPRINTABLE, " ").slice(0, longest);
}

/** JSON allows control characters above ASCII, and invisible characters. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replace(/[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu, escaped);
}

function escaped(character: string): string {
  return Array.from({ length: character.length }, (_, index) => {
    return `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`;
  }).join("");
}
