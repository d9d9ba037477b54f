import type { AuthorityRole, TrustBundle } from "../authority.ts";
import { nextAuthorityId } from "../generation.ts";
import { faultOfActivation, faultOfRetirement } from "../transition.ts";
import {
  withoutChangeRequest,
  withChangeRequest,
  type AuthorityProgress,
  type ChangeRequest,
  type ChangeRequestStore,
} from "../change-request.ts";
import type { AuthorityStore } from "../authority-store.ts";
import { RefusalError } from "../../refusal.ts";

/** What asking needs: the bundle is only read here. */
export interface ChangeRequestServices {
  readonly authorities: Pick<AuthorityStore, "read">;
  readonly changeRequests: Pick<ChangeRequestStore, "readChangeRequests" | "writeChangeRequests" | "readProgress">;
  readonly clock: () => Date;
}

export type Question =
  | { readonly act: "prepare"; readonly role: AuthorityRole }
  | { readonly act: "activate" | "retire"; readonly authorityId: string; readonly isForced: boolean };

export interface RequestedChange {
  readonly changeRequest: ChangeRequest;
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
export async function requestAuthorityChange(
  services: ChangeRequestServices,
  question: Question,
  askedBy: string,
): Promise<RequestedChange> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const [bundle = NO_BUNDLE, book, progress] = await Promise.all([
      services.authorities.read(),
      services.changeRequests.readChangeRequests(),
      services.changeRequests.readProgress(),
    ]);
    const askedAt = services.clock();
    const wanted = { ...changeRequestOf(bundle, question, askedAt), askedAt, askedBy };
    const { book: next, changeRequest } = withChangeRequest(book, progress, wanted);
    if (next === book || (await services.changeRequests.writeChangeRequests(next))) return { changeRequest, progress };
  }
  throw busy();
}

/** Takes back what has not been done. @throws RefusalError `not_found` when there is no such, or it is settled */
export async function withdrawChangeRequest(
  { changeRequests }: Pick<ChangeRequestServices, "changeRequests">,
  number: number,
): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const [book, progress] = await Promise.all([changeRequests.readChangeRequests(), changeRequests.readProgress()]);
    const next = withoutChangeRequest(book, progress, number);
    if (next === undefined)
      throw new RefusalError("not_found", `there is no change request ${number} that is still open`, {
        field: "number",
      });
    if (await changeRequests.writeChangeRequests(next)) return;
  }
  throw busy();
}

function changeRequestOf(
  bundle: TrustBundle,
  question: Question,
  now: Date,
): Pick<ChangeRequest, "act" | "authorityId" | "isForced"> {
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
