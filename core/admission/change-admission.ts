import type { Audit } from "../audit/audit-event.ts";
import { RefusalError } from "../refusal.ts";
import { isOpen, type RecoveryAdmission, type RecoveryAdmissionStore } from "./recovery-admission.ts";

export interface AdmissionServices {
  readonly admissions: RecoveryAdmissionStore;
  readonly clock: () => Date;
  readonly audit: Audit;
}

export interface AdmissionPlan {
  /** After a restore. Undefined where CAs are named. */
  readonly issuedAfter?: Date | undefined;
  readonly until: Date;
  readonly except: readonly string[];
  /** CAs that were retired by mistake. */
  readonly authorityIds?: readonly string[] | undefined;
}

/** A fleet has renewed by then, and what has not is better looked at. */
export const LONGEST_ADMISSION_SECONDS = 30 * 24 * 3600;

/**
 * After a restore: until the given time, nodes whose certificates were issued since the restore point and are not on record
 * are admitted by their next renewal. In place of an earlier admission, if there is one.
 *
 * @throws RefusalError `malformed_request` when the times make no sense
 */
export async function openAdmission(
  { admissions, clock, audit }: AdmissionServices,
  { issuedAfter: restoredTo, until, except, authorityIds }: AdmissionPlan,
  by: string,
): Promise<RecoveryAdmission> {
  const openedAt = clock();
  await refuseOther(admissions, authorityIds, openedAt);
  const issuedAfter = restoredTo ?? openedAt;
  if (authorityIds === undefined && issuedAfter >= openedAt)
    throw malformed("issuedAfter", `must be in the past: it is ${openedAt.toISOString()} now`, issuedAfter);
  const latest = new Date(openedAt.getTime() + LONGEST_ADMISSION_SECONDS * 1000);
  if (until <= openedAt || until > latest)
    throw malformed("until", `must be after ${openedAt.toISOString()} and not after ${latest.toISOString()}`, until);
  const of = authorityIds === undefined ? {} : { authorityIds };
  const admission = { issuedAfter, openedAt, until, except, by, ...of };
  if (!(await admissions.write(admission))) throw writtenByOthers();
  audit({
    event: "recovery_admission_opened",
    username: by,
    issuedAfter: issuedAfter.toISOString(),
    notAfter: until.toISOString(),
  });
  return admission;
}

/** There is one admission: what was opened for another reason is not ended without a word. */
async function refuseOther(
  admissions: Pick<RecoveryAdmissionStore, "read">,
  authorityIds: readonly string[] | undefined,
  now: Date,
): Promise<void> {
  const open = await admissions.read();
  if (open === undefined || !isOpen(open, now)) return;
  if ((open.authorityIds === undefined) === (authorityIds === undefined)) return;
  const why = open.authorityIds === undefined ? "after a restore" : `for ${open.authorityIds.join(", ")}`;
  throw new RefusalError(
    "already_decided",
    `an admission ${why} is open until ${open.until.toISOString()}; end it first: nodeseal recovery end`,
  );
}

/** Nobody is admitted any more; who was stays. @throws RefusalError `not_found` when none is open */
export async function endAdmission({ admissions, clock, audit }: AdmissionServices, by: string): Promise<void> {
  const now = clock();
  const admission = await admissions.read();
  if (admission === undefined || !isOpen(admission, now))
    throw new RefusalError("not_found", "no recovery admission is open: there is nothing to end");
  // The last moment that is not open any more.
  if (!(await admissions.write({ ...admission, until: new Date(now.getTime() - 1) }))) throw writtenByOthers();
  audit({ event: "recovery_admission_ended", username: by });
}

function malformed(field: string, rule: string, got: Date): RefusalError {
  return new RefusalError("malformed_request", `"${field}" ${rule}, got ${got.toISOString()}`, { field });
}

function writtenByOthers(): RefusalError {
  return new RefusalError("request_in_progress", "another administrator opened a recovery admission just now", {
    retryAfterSeconds: 1,
  });
}
