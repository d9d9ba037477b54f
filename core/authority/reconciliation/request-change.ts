import type { AuthorityRole, TrustBundle } from "../authority.ts";
import { nextAuthorityId } from "../generation.ts";
import { faultOfActivation, faultOfRetirement } from "../transition.ts";
import {
  withoutWish,
  withWish,
  type AuthorityProgress,
  type AuthorityWish,
  type AuthorityWishStore,
} from "../change-request.ts";
import type { AuthorityStore } from "../authority-store.ts";
import { RefusalError } from "../../refusal.ts";

/** What asking needs: the bundle is only read here. */
export interface AskServices {
  readonly authorities: Pick<AuthorityStore, "read">;
  readonly wishes: Pick<AuthorityWishStore, "readWishes" | "writeWishes" | "readProgress">;
  readonly clock: () => Date;
}

export type Question =
  | { readonly act: "prepare"; readonly role: AuthorityRole }
  | { readonly act: "activate" | "retire"; readonly authorityId: string; readonly isForced: boolean };

export interface AskedWish {
  readonly wish: AuthorityWish;
  readonly progress: AuthorityProgress;
}

const NO_BUNDLE: TrustBundle = { sequence: 0, authorities: [] };
const ATTEMPTS = 5;

/**
 * Writes down what an operator wants of a CA. What cannot be is refused at once, for convenience: the authority function
 * judges for itself.
 *
 * @throws RefusalError `not_found`, `malformed_request`, `request_in_progress`
 */
export async function askForAuthority(services: AskServices, question: Question, askedBy: string): Promise<AskedWish> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const [bundle = NO_BUNDLE, book, progress] = await Promise.all([
      services.authorities.read(),
      services.wishes.readWishes(),
      services.wishes.readProgress(),
    ]);
    const askedAt = services.clock();
    const wanted = { ...wishOf(bundle, question, askedAt), askedAt, askedBy };
    const { book: next, wish } = withWish(book, progress, wanted);
    if (next === book || (await services.wishes.writeWishes(next))) return { wish, progress };
  }
  throw busy();
}

/** Takes back what has not been done. @throws RefusalError `not_found` when there is no such, or it is settled */
export async function withdrawWish({ wishes }: Pick<AskServices, "wishes">, number: number): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const [book, progress] = await Promise.all([wishes.readWishes(), wishes.readProgress()]);
    const next = withoutWish(book, progress, number);
    if (next === undefined)
      throw new RefusalError("not_found", `there is no wish ${number} that is still open`, { field: "number" });
    if (await wishes.writeWishes(next)) return;
  }
  throw busy();
}

function wishOf(
  bundle: TrustBundle,
  question: Question,
  now: Date,
): Pick<AuthorityWish, "act" | "authorityId" | "isForced"> {
  switch (question.act) {
    case "prepare":
      return { ...question, authorityId: nextAuthorityId(bundle, question.role), isForced: false };
    case "activate":
    case "retire":
      assertPossible(bundle, question.act, question.authorityId, now);
      return question;
  }
}

function assertPossible(bundle: TrustBundle, act: "activate" | "retire", id: string, now: Date): void {
  const fault = act === "activate" ? faultOfActivation(bundle, id, now) : faultOfRetirement(bundle, id);
  if (fault === undefined) return;
  const isKnown = bundle.authorities.some((one) => one.id === id);
  throw new RefusalError(isKnown ? "malformed_request" : "not_found", fault, { field: "id" });
}

function busy(): RefusalError {
  return new RefusalError("request_in_progress", "others are asking for changes of CAs at this moment", {
    retryAfterSeconds: 1,
  });
}
