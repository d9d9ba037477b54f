import type { Authority } from "../authority.ts";
import type { AuthorityPlan } from "../plan.ts";
import { KEY_ELSEWHERE } from "../authority.ts";
import { WHOLE } from "../revocation-shard.ts";
import type { RevocationListStore } from "../../revocation/list-store.ts";

export interface PublicationServices {
  readonly lists: Pick<RevocationListStore, "read">;
  readonly clock: () => Date;
}

/** Why a change waits, and until when; no time: until what is missing is there. */
export interface ValidatorWait {
  readonly reason: string;
  readonly until: Date | undefined;
}

type Plan = Pick<AuthorityPlan, "validatorWaitSeconds" | "revocationLists">;

/**
 * Servers that check certificates fetch the trust bundle and the revocation lists on their own schedule. One that has no
 * list of an issuing CA refuses every certificate of it (openssl: "unable to get certificate CRL"), and so does one that
 * trusts issuing CAs alone and has not this one.
 *
 * @returns undefined when a prepared CA may sign as far as they are concerned
 */
export async function waitBeforeSigning(
  { lists, clock }: PublicationServices,
  plan: Plan,
  { id, state, stateSince, keyArn }: Authority,
): Promise<ValidatorWait | undefined> {
  if (plan.validatorWaitSeconds === 0 || state !== "prepared") return undefined;
  let since = stateSince;
  if (plan.revocationLists !== undefined && keyArn !== KEY_ELSEWHERE) {
    const { published, publishedSince } = await lists.read({ authorityId: id, shard: WHOLE });
    if (published === undefined)
      return {
        reason: `the first revocation list of ${id} is published by the next reconciliation; servers that check lists refuse what it signs without one; --force lets it sign all the same`,
        until: undefined,
      };
    since = publishedSince ?? published.thisUpdate;
  }
  if (since === undefined) return undefined;
  const until = later(since, plan.validatorWaitSeconds);
  if (clock() >= until) return undefined;
  return {
    reason: `${id} signs from ${plainTime(until)} on: by then every server has fetched what was published at ${plainTime(since)} (validators.refreshSeconds); --force lets it sign now, and servers without its certificate and revocation list refuse what it signs`,
    until,
  };
}

/**
 * The same backwards: functions sign with the CA before for a minute after an activation, and an operator who finds the
 * new one wanting goes back to it. Until servers could have noticed, it stays.
 */
export function waitBeforeRetiring(
  { clock }: Pick<PublicationServices, "clock">,
  plan: Plan,
  { id, state, stateSince }: Authority,
): ValidatorWait | undefined {
  if (plan.validatorWaitSeconds === 0 || state !== "retiring" || stateSince === undefined) return undefined;
  const until = later(stateSince, plan.validatorWaitSeconds);
  if (clock() >= until) return undefined;
  return {
    reason: `${id} has signed until ${plainTime(stateSince)}; until ${plainTime(until)} the activation can be rolled back (nodeseal ca rollback); --force makes its certificates worthless now`,
    until,
  };
}

function later(time: Date, seconds: number): Date {
  return new Date(time.getTime() + seconds * 1000);
}

/** To the second: nobody wants to read more. */
export function plainTime(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, "Z");
}
