import { letterBits } from "./letter-pairs.ts";
import { WELL_KNOWN_WORDS } from "./well-known-words.ts";

/** The characters of a bootstrap token's secret. */
const ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz";
const CHARACTER_BITS = Math.log2(ALPHABET.length);

/** Up to 16 of anything: a length, or how far back. */
const COUNT_BITS = 4;
const SHORTEST_PIECE = 3;

const YEARS = Array.from({ length: 90 }, (_, index) => String(1950 + index));
const WORDS: ReadonlySet<string> = new Set([...WELL_KNOWN_WORDS, ...YEARS]);
const WORD_BITS = Math.log2(WORDS.size);
const LONGEST_WORD = Math.max(...Array.from(WORDS, (word) => word.length));

/** Letters that look like a digit. */
const LOOKALIKES: Readonly<Record<string, string>> = {
  o: "0",
  i: "1",
  l: "1",
  e: "3",
  a: "4",
  s: "5",
  t: "7",
  b: "8",
  g: "9",
};

/** How fingers go over a keyboard: along its rows, its columns, to and fro between two rows; and how people count. */
const KEYBOARD_PATHS: readonly string[] = [
  "1234567890qwertyuiopasdfghjklzxcvbnm",
  "1234567890azertyuiopqsdfghjklmwxcvbn",
  "1234567890qwertzuiopasdfghjklyxcvbnm",
  "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
  "qazwsxedcrfvtgbyhnujmikolp",
  "zaqxswcdevfrbgtnhymjukilop",
  "1q2w3e4r5t6y7u8i9o0p",
  "q1w2e3r4t5y6u7i8o9p0",
  "1qazxsw23edcvfr45tgbnhy67ujm",
  "zaq12wsxcde34rfvbgt56yhnmju7",
  "qazxswedcvfrtgbnhyujm",
  "0a1b2c3d4e5f6g7h8i9j",
  "a0b1c2d3e4f5g6h7i8j9",
  "a1b2c3d4e5f6g7h8i9j0",
  "zaq1xsw2cde3vfr4bgt5nhy6mju7",
  "9a8b7c6d5e4f3g2h1i0j",
  "9z8y7x6w5v4u3t2s1r0q",
  "1z2y3x4w5v6u7t8s9r0q",
  "z1y2x3w4v5u6t7s8r9q0",
  "aabbccddeeffgghhiijjkkllmmnnooppqqrrssttuuvvwwxxyyzz",
  "00112233445566778899",
];
const BOTH_WAYS = KEYBOARD_PATHS.flatMap((path) => [path, reversed(path)]).join(" ");
const PATH_BITS = Math.log2(KEYBOARD_PATHS.length + 1) + CHARACTER_BITS + 1 + COUNT_BITS;

const DATES = [
  /^(?<year>\d{4})(?<month>\d\d)(?<day>\d\d)$/,
  /^(?<day>\d\d)(?<month>\d\d)(?<year>\d{4})$/,
  /^(?<month>\d\d)(?<day>\d\d)(?<year>\d{4})$/,
];
const DATE_CHARACTERS = 8;
const DATE_BITS = Math.log2(DATES.length * YEARS.length * 12 * 31);

/**
 * How many bits it takes to describe a secret in the shortest way that is known here: by words, by how words are spelt,
 * by paths over a keyboard, by what it repeats, or by its few different characters. A guesser who tries the shortest
 * descriptions first comes to this one within two to the power of so many guesses.
 *
 * The descriptions are a prefix code: every choice below costs the logarithm of its share, and shares add up to one at
 * most (Kraft's inequality). So at most 2^n texts have a description of n bits, and of the 36^16 that a generator draws
 * from, which is 2^82.7, no more than a share of 2^(n - 82.7) is taken for somebody's choice.
 */
export function descriptionBits(secret: string): number {
  const pieced = 1 + piecesBits(secret);
  const digits = /^\d+$/.test(secret) ? 2 + secret.length * Math.log2(10) : Infinity;
  return Math.min(pieced, digits, 2 + fewCharactersBits(secret));
}

/** Which characters there are, then which of them comes when. */
function fewCharactersBits(secret: string): number {
  const different = new Set(secret).size;
  const choices = Array.from({ length: different }, (_, index) => (ALPHABET.length - index) / (index + 1));
  const which = choices.reduce((bits, factor) => bits + Math.log2(factor), 0);
  return COUNT_BITS + which + secret.length * Math.log2(different);
}

/** One piece after the other, each the cheapest way to come that far. */
function piecesBits(secret: string): number {
  const best = [0];
  const spellings = spelt(secret);
  for (let end = 1; end <= secret.length; end++) {
    const ways = Array.from(
      { length: end },
      (_, start) => (best[start] ?? Infinity) + pieceBits(secret, spellings, start, end),
    );
    best.push(Math.min(...ways));
  }
  return best[secret.length] ?? Infinity;
}

/** A character has a half of the kinds, a word a quarter, the other four a sixteenth each. */
function pieceBits(secret: string, spellings: readonly string[], start: number, end: number): number {
  const piece = secret.slice(start, end);
  if (piece.length === 1) return 1 + CHARACTER_BITS;
  const isLong = piece.length >= SHORTEST_PIECE;
  return Math.min(
    isLong && piece.length <= LONGEST_WORD
      ? 2 + wordBits(spellings.map((spelling) => spelling.slice(start, end)))
      : Infinity,
    isLong && /^[a-z]+$/.test(piece) ? 4 + COUNT_BITS + letterBits(piece) : Infinity,
    isLong && BOTH_WAYS.includes(piece) ? 4 + PATH_BITS : Infinity,
    isLong && isSequence(piece) ? 4 + PATH_BITS + CHARACTER_BITS : Infinity,
    piece.length === DATE_CHARACTERS && isDate(piece) ? 4 + DATE_BITS : Infinity,
    isCopy(secret, start, piece) ? 4 + 2 * COUNT_BITS : Infinity,
  );
}

/** Plain, or with digits for letters: then each letter that has a digit says whether it is one. */
function wordBits([plain = "", ...spellings]: readonly string[]): number {
  if (WORDS.has(plain)) return 1 + WORD_BITS;
  const word = spellings.find((spelling) => WORDS.has(spelling));
  if (word === undefined) return Infinity;
  return 1 + WORD_BITS + Array.from(word).filter((letter) => LOOKALIKES[letter] !== undefined).length;
}

const LETTER_OF: ReadonlyMap<string, string> = new Map(
  Object.entries(LOOKALIKES).map(([letter, digit]) => [digit, letter]),
);

/** As it is, and with letters for digits; 1 stands for two letters. */
function spelt(secret: string): readonly string[] {
  const lettered = ["i", "l"].map((one) =>
    Array.from(secret, (character) => (character === "1" ? one : (LETTER_OF.get(character) ?? character))).join(""),
  );
  return [secret, ...lettered];
}

function reversed(text: string): string {
  return Array.from(text).reverse().join("");
}

function isDate(piece: string): boolean {
  return DATES.some((order) => {
    const { year = "", month, day } = order.exec(piece)?.groups ?? {};
    const isWithin = (value: string | undefined, most: number): boolean => Number(value) >= 1 && Number(value) <= most;
    return YEARS.includes(year) && isWithin(month, 12) && isWithin(day, 31);
  });
}

/** Characters in even steps: abc, 97531. */
function isSequence(piece: string): boolean {
  const stepTo = (index: number): number =>
    ALPHABET.indexOf(piece.charAt(index)) - ALPHABET.indexOf(piece.charAt(index - 1));
  for (let index = 2; index < piece.length; index++) if (stepTo(index) !== stepTo(1)) return false;
  return true;
}

/** Whether the piece is what stood some characters before it, itself included where it is longer than that. */
function isCopy(secret: string, start: number, piece: string): boolean {
  const at = secret.lastIndexOf(piece, start - 1);
  return start > 0 && at >= 0;
}
