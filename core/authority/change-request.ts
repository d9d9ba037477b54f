import type { SearchPosition } from "../ledger/certificate-in-use.ts";
import { isSamePrincipal } from "../token/principal.ts";
import { RefusalError } from "../refusal.ts";
import type { InventoryBound } from "./inventory-bound.ts";

/*
 * What an operator asks for. The admin function only writes change requests; the authority function decides, on its own reconciliations,
 * and writes what became of them. Each of the two items has one writer, so that whoever takes over the admin function
 * can ask, and no more.
 */

export type AuthorityAct = "prepare" | "activate" | "retire";

export interface ChangeRequest {
  /** Grows by one with every change of the book: a later change request has a higher one. */
  readonly number: number;
  readonly act: AuthorityAct;
  /** The generation it is about; for `prepare` one that is not there yet. */
  readonly authorityId: string;
  /** Whether nodes that are not ready are to be left behind. */
  readonly isForced: boolean;
  readonly askedAt: Date;
  readonly askedBy: string;
  /** Of a forced one: the first other principal who asked for the very same. */
  readonly secondedBy?: string | undefined;
}

export interface ChangeRequests {
  /** The number of the last change; 0: there was none. */
  readonly version: number;
  readonly changeRequests: readonly ChangeRequest[];
}

export interface ChangeOutcome {
  readonly state: "held" | "done" | "refused";
  /** For the operator: what it waits for, or why it will not be. */
  readonly reason: string;
  readonly at: Date;
  /** A held one is not looked at again before: finding out may mean reading a fleet. */
  readonly recheckAt: Date | undefined;
  /** Of a search through the inventory that is not at its end: where the next reconciliation goes on. */
  readonly searchedTo?: SearchPosition | undefined;
}

/** What the authority function has done, beside the bundle. */
export interface AuthorityProgress {
  readonly version: number;
  /** By the change request's number. */
  readonly outcomes: ReadonlyMap<number, ChangeOutcome>;
  /** The bundle that lies in the bucket; 0: none. */
  readonly publishedSequence: number;
  /** When operators were last told of CAs that end. */
  readonly warnedAt: Date | undefined;
  /** Undefined until the first reconciliation: nothing is known of what was issued. */
  readonly inventory?: InventoryBound | undefined;
}

export interface ChangeRequestStore {
  readChangeRequests(): Promise<ChangeRequests>;
  /** Writes the book if the stored version is one less than the given one. False when it is not. */
  writeChangeRequests(book: ChangeRequests): Promise<boolean>;
  readProgress(): Promise<AuthorityProgress>;
  /** Writes it with a version one higher than given, if the stored one is the given one. False when it is not. */
  writeProgress(progress: AuthorityProgress): Promise<boolean>;
}

/**
 * The one item of its table that the admin function may write: infra grants it by this name. It has the name of the first
 * release: under another, an upgrade would lose what operators have asked for.
 */
export const CHANGE_REQUESTS_ID = "wishes";

export const NO_CHANGE_REQUESTS: ChangeRequests = { version: 0, changeRequests: [] };
export const NO_PROGRESS: AuthorityProgress = {
  version: 0,
  outcomes: new Map(),
  publishedSequence: 0,
  warnedAt: undefined,
};

export function isOpen({ number }: ChangeRequest, { outcomes }: Pick<AuthorityProgress, "outcomes">): boolean {
  const state = outcomes.get(number)?.state;
  return state === undefined || state === "held";
}

/** Old ones that were settled make room. */
const MOST_CHANGE_REQUESTS = 20;

/**
 * The book with one more change request. The same change request asked twice is one change request, unless the second insists; and of one role only the
 * last that was asked to be active is.
 *
 * @returns the change request as it stands in the book: an earlier one when there was such
 * @throws RefusalError `request_in_progress` when too many wait
 */
export function withChangeRequest(
  book: ChangeRequests,
  progress: Pick<AuthorityProgress, "outcomes">,
  wanted: Omit<ChangeRequest, "number">,
): { readonly book: ChangeRequests; readonly changeRequest: ChangeRequest } {
  const open = book.changeRequests.filter((changeRequest) => isOpen(changeRequest, progress));
  const same = open.find((changeRequest) => isSame(changeRequest, wanted));
  if (same !== undefined && (same.isForced || !wanted.isForced)) return withSecond(book, same, wanted);
  const changeRequest: ChangeRequest = { ...wanted, number: book.version + 1 };
  const kept = book.changeRequests.filter((one) => !(isOpen(one, progress) && isReplacedBy(one, changeRequest)));
  const settled = kept.filter((one) => !isOpen(one, progress));
  const waiting = kept.length - settled.length;
  if (waiting >= MOST_CHANGE_REQUESTS) {
    throw new RefusalError(
      "request_in_progress",
      `${waiting} change requests wait already; withdraw some: nodeseal ca withdraw`,
      {
        retryAfterSeconds: 60,
      },
    );
  }
  const dropped = new Set(settled.slice(0, Math.max(0, kept.length + 1 - MOST_CHANGE_REQUESTS)));
  return {
    book: {
      version: changeRequest.number,
      changeRequests: [...kept.filter((one) => !dropped.has(one)), changeRequest],
    },
    changeRequest,
  };
}

/** Two sessions of one role are one principal. Who asked first cannot second it. */
function withSecond(book: ChangeRequests, first: ChangeRequest, again: Omit<ChangeRequest, "number">) {
  const isSecond = first.isForced && again.isForced && first.secondedBy === undefined;
  if (!isSecond || isSamePrincipal(first.askedBy, again.askedBy)) return { book, changeRequest: first };
  const changeRequest = { ...first, secondedBy: again.askedBy };
  const changeRequests = book.changeRequests.map((one) => (one === first ? changeRequest : one));
  return { book: { version: book.version + 1, changeRequests }, changeRequest };
}

/** The book without a change request that is still open; undefined when there is no such. */
export function withoutChangeRequest(
  book: ChangeRequests,
  progress: Pick<AuthorityProgress, "outcomes">,
  number: number,
): ChangeRequests | undefined {
  const changeRequest = book.changeRequests.find((one) => one.number === number);
  if (changeRequest === undefined || !isOpen(changeRequest, progress)) return undefined;
  return { version: book.version + 1, changeRequests: book.changeRequests.filter((one) => one !== changeRequest) };
}

function isSame(one: Omit<ChangeRequest, "number">, other: Omit<ChangeRequest, "number">): boolean {
  return one.act === other.act && one.authorityId === other.authorityId;
}

function isReplacedBy(earlier: ChangeRequest, later: ChangeRequest): boolean {
  if (earlier.act !== later.act) return false;
  const roleOf = ({ authorityId }: ChangeRequest): string => authorityId.split("-", 1)[0] ?? "";
  return later.act === "activate" ? roleOf(earlier) === roleOf(later) : earlier.authorityId === later.authorityId;
}
