import { RefusalError } from "../refusal.ts";

/*
 * What an operator asks for. The admin function only writes wishes; the authority function decides, on its own rounds,
 * and writes what became of them. Each of the two items has one writer, so that whoever takes over the admin function
 * can ask, and no more.
 */

export type AuthorityAct = "prepare" | "activate" | "retire";

export interface AuthorityWish {
  /** Grows by one with every change of the book: a later wish has a higher one. */
  readonly number: number;
  readonly act: AuthorityAct;
  /** The generation it is about; for `prepare` one that is not there yet. */
  readonly authorityId: string;
  /** Whether nodes that are not ready are to be left behind. */
  readonly isForced: boolean;
  readonly askedAt: Date;
  readonly askedBy: string;
}

export interface WishBook {
  /** The number of the last change; 0: there was none. */
  readonly version: number;
  readonly wishes: readonly AuthorityWish[];
}

export interface WishOutcome {
  readonly state: "held" | "done" | "refused";
  /** For the operator: what it waits for, or why it will not be. */
  readonly reason: string;
  readonly at: Date;
  /** A held one is not looked at again before: finding out may mean reading a fleet. */
  readonly recheckAt: Date | undefined;
}

/** What the authority function has done, beside the bundle. */
export interface AuthorityProgress {
  readonly version: number;
  /** By the wish's number. */
  readonly outcomes: ReadonlyMap<number, WishOutcome>;
  /** The bundle that lies in the bucket; 0: none. */
  readonly publishedSequence: number;
  /** When operators were last told of CAs that end. */
  readonly warnedAt: Date | undefined;
}

export interface AuthorityWishStore {
  readWishes(): Promise<WishBook>;
  /** Writes the book if the stored version is one less than the given one. False when it is not. */
  writeWishes(book: WishBook): Promise<boolean>;
  readProgress(): Promise<AuthorityProgress>;
  /** Writes it with a version one higher than given, if the stored one is the given one. False when it is not. */
  writeProgress(progress: AuthorityProgress): Promise<boolean>;
}

/** The one item of its table that the admin function may write: infra grants it by this name. */
export const WISHES_ID = "wishes";

export const NO_WISHES: WishBook = { version: 0, wishes: [] };
export const NO_PROGRESS: AuthorityProgress = {
  version: 0,
  outcomes: new Map(),
  publishedSequence: 0,
  warnedAt: undefined,
};

export function isOpen({ number }: AuthorityWish, { outcomes }: Pick<AuthorityProgress, "outcomes">): boolean {
  const state = outcomes.get(number)?.state;
  return state === undefined || state === "held";
}

/** Old ones that were settled make room. */
const MOST_WISHES = 20;

/**
 * The book with one more wish. The same wish asked twice is one wish, unless the second insists; and of one role only the
 * last that was asked to be active is.
 *
 * @returns the wish as it stands in the book: an earlier one when there was such
 * @throws RefusalError `request_in_progress` when too many wait
 */
export function withWish(
  book: WishBook,
  progress: Pick<AuthorityProgress, "outcomes">,
  wanted: Omit<AuthorityWish, "number">,
): { readonly book: WishBook; readonly wish: AuthorityWish } {
  const open = book.wishes.filter((wish) => isOpen(wish, progress));
  const same = open.find((wish) => isSame(wish, wanted));
  if (same !== undefined && (same.isForced || !wanted.isForced)) return { book, wish: same };
  const wish: AuthorityWish = { ...wanted, number: book.version + 1 };
  const kept = book.wishes.filter((one) => !(isOpen(one, progress) && isReplacedBy(one, wish)));
  const settled = kept.filter((one) => !isOpen(one, progress));
  const waiting = kept.length - settled.length;
  if (waiting >= MOST_WISHES) {
    throw new RefusalError(
      "request_in_progress",
      `${waiting} wishes wait already; withdraw some: nodeseal ca withdraw`,
      {
        retryAfterSeconds: 60,
      },
    );
  }
  const dropped = new Set(settled.slice(0, Math.max(0, kept.length + 1 - MOST_WISHES)));
  return { book: { version: wish.number, wishes: [...kept.filter((one) => !dropped.has(one)), wish] }, wish };
}

/** The book without a wish that is still open; undefined when there is no such. */
export function withoutWish(
  book: WishBook,
  progress: Pick<AuthorityProgress, "outcomes">,
  number: number,
): WishBook | undefined {
  const wish = book.wishes.find((one) => one.number === number);
  if (wish === undefined || !isOpen(wish, progress)) return undefined;
  return { version: book.version + 1, wishes: book.wishes.filter((one) => one !== wish) };
}

function isSame(one: Omit<AuthorityWish, "number">, other: Omit<AuthorityWish, "number">): boolean {
  return one.act === other.act && one.authorityId === other.authorityId;
}

function isReplacedBy(earlier: AuthorityWish, later: AuthorityWish): boolean {
  if (earlier.act !== later.act) return false;
  const roleOf = ({ authorityId }: AuthorityWish): string => authorityId.split("-", 1)[0] ?? "";
  return later.act === "activate" ? roleOf(earlier) === roleOf(later) : earlier.authorityId === later.authorityId;
}
