import { WELL_KNOWN_WORDS } from "./well-known-words.ts";

const LETTERS = 26;
/** Pairs that no known word has are possible all the same. */
const UNSEEN = 0.05;

/** How often a letter follows another in the known words; a word's first follows what stands before it, a space. */
interface LetterPairs {
  readonly counts: ReadonlyMap<string, number>;
  readonly totals: ReadonlyMap<string, number>;
}

let pairs: LetterPairs | undefined;

/** Counted when they are first needed: most functions that load this never make a token. */
function letterPairs(): LetterPairs {
  const counts = new Map<string, number>();
  const totals = new Map<string, number>();
  for (const word of WELL_KNOWN_WORDS) {
    for (const [index, letter] of Array.from(word).entries()) {
      const before = index === 0 ? " " : word.charAt(index - 1);
      counts.set(before + letter, (counts.get(before + letter) ?? 0) + 1);
      totals.set(before, (totals.get(before) ?? 0) + 1);
    }
  }
  return { counts, totals };
}

/** The bits of a run of letters, where each says only what is left to know of it after the one before. */
export function letterBits(letters: string): number {
  const { counts, totals } = (pairs ??= letterPairs());
  return Array.from(letters).reduce((bits, letter, index) => {
    const before = index === 0 ? " " : letters.charAt(index - 1);
    const share = ((counts.get(before + letter) ?? 0) + UNSEEN) / ((totals.get(before) ?? 0) + UNSEEN * LETTERS);
    return bits - Math.log2(share);
  }, 0);
}
