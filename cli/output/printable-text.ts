/** Control, format and separator characters: they move the cursor, colour the screen, or reverse a line. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Foreign text for our terminal: characters that could act on it become escape sequences. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, escaped);
}

/** The same for a text of several lines, such as PEM. */
export function printableLines(text: string): string {
  return text.split(/\r?\n/).map(printable).join("\n");
}

/** In JSON's notation, which YAML's double quotes accept too. */
export function escaped(character: string): string {
  return Array.from({ length: character.length }, (_, index) => {
    return `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`;
  }).join("");
}

/** The wide ranges of Unicode's East Asian Width that have letters in use, and pictures. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}\p{Emoji_Presentation}]/u;

/** How many cells of a terminal a printable text takes. */
export function displayWidth(text: string): number {
  // Most cells are ASCII only.
  if (/^[ -~]*$/.test(text)) return text.length;
  return Array.from(text).reduce((width, character) => width + characterWidth(character), 0);
}

function characterWidth(character: string): number {
  if (/\p{M}/u.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

/** The text, cut to this width with an ellipsis when it is wider. `keeps` says which end remains. */
export function cutToWidth(text: string, width: number, keeps: "beginning" | "end"): string {
  if (displayWidth(text) <= width) return text;
  const characters = Array.from(text);
  if (keeps === "end")
    return `…${longestFitting(characters.reverse(), width - 1)
      .reverse()
      .join("")}`;
  return `${longestFitting(characters, width - 1).join("")}…`;
}

function longestFitting(characters: readonly string[], width: number): string[] {
  let used = 0;
  const tooMany = characters.findIndex((character) => (used += characterWidth(character)) > width);
  return characters.slice(0, tooMany < 0 ? characters.length : tooMany);
}
