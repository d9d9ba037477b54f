import type { Audit, AuditEvent } from "../../audit/audit-event.ts";
import type { Authority, TrustBundle } from "../authority.ts";
import { authorityExpiryEvents } from "../expiry.ts";
import type { AuthorityPlan } from "../plan.ts";
import {
  isOpen,
  NO_CHANGE_REQUESTS,
  type AuthorityProgress,
  type ChangeRequest,
  type ChangeRequestStore,
  type ChangeRequests,
  type ChangeOutcome,
} from "../change-request.ts";
import { parseCertificate } from "../../certificate/certificate.ts";
import { inventoryBound } from "./bound-inventory.ts";
import { judgeChange, type ChangeVerdict, type ChangeServices } from "./judge-change.ts";
import { missingGeneration, prepareAuthority } from "./prepare-authority.ts";
import { publishTrustBundle } from "../../inspection/publish-trust-bundle.ts";
import type { TrustBundlePublisher } from "../trust-bundle-publisher.ts";

export interface ReconciliationServices extends ChangeServices {
  readonly changeRequests: ChangeRequestStore;
  readonly publisher: TrustBundlePublisher;
  readonly audit: Audit;
  readonly failed: (error: unknown) => void;
}

const WARNING_INTERVAL_MS = 24 * 3600 * 1000;

/**
 * Looks after the CAs: publishes, tells what will end, judges what operators ask for, and makes generations that are
 * missing. Each write is conditional on what was read before, and everything is judged anew from what is stored: a crash
 * between any two of them leaves a state from which the next reconciliation goes on (docs/architecture.md, "Reconciliations").
 *
 * @returns the bundle as the reconciliation left it
 */
export async function reconcileAuthorities(
  services: ReconciliationServices,
  plan: AuthorityPlan,
  first: TrustBundle,
): Promise<TrustBundle> {
  let bundle = first;
  const [book, stored] = await Promise.all([readBook(services), services.changeRequests.readProgress()]);
  // Nothing that an operator asks for keeps this from being done: finding out may mean reading a fleet.
  // What cannot be published is tried again at the end: a change may be what mends it.
  let progress = await withPublished(services, stored, first).catch((error: unknown) => {
    services.failed(error);
    return stored;
  });
  progress = await tellExpiry(services, plan, bundle, progress);
  progress = await withInventoryBound(services, plan, bundle, progress);
  for (const changeRequest of book.changeRequests.filter((one) => isDue(one, stored, services.clock()))) {
    const answer = await judged(services, plan, bundle, changeRequest, stored.outcomes.get(changeRequest.number));
    if (answer.verdict === "change")
      bundle = await changed(services, bundle, answer.authorities, changeRequest.askedBy);
    // A crash before this: the next reconciliation finds the change made, and the change request done.
    progress = await withOutcome(services, progress, book, changeRequest, outcomeOf(answer, services.clock()));
  }
  await withPublished(services, progress, bundle);
  // Last, so that a key that is not there holds up nothing else. What it makes is published by the next reconciliation.
  return makeMissingGenerations(services, plan, bundle);
}

/** For whoever lists certificates. What cannot be found out now is at the next reconciliation. */
async function withInventoryBound(
  services: ReconciliationServices,
  plan: AuthorityPlan,
  bundle: TrustBundle,
  progress: AuthorityProgress,
): Promise<AuthorityProgress> {
  const inventory = await inventoryBound(services, plan, bundle, progress).catch((error: unknown) => {
    services.failed(error);
    return progress.inventory;
  });
  return inventory === progress.inventory ? progress : written(services, { ...progress, inventory });
}

/** A crash between publication and its record publishes the same bundle once more. */
async function withPublished(
  services: ReconciliationServices,
  progress: AuthorityProgress,
  bundle: TrustBundle,
): Promise<AuthorityProgress> {
  if (progress.publishedSequence === bundle.sequence) return progress;
  await publishTrustBundle(services, bundle);
  return written(services, { ...progress, publishedSequence: bundle.sequence });
}

/** The book was written by a function that faces the network: one that cannot be read stops change requests, and nothing else. */
async function readBook({ changeRequests, failed }: ReconciliationServices): Promise<ChangeRequests> {
  try {
    return await changeRequests.readChangeRequests();
  } catch (error) {
    failed(error);
    return NO_CHANGE_REQUESTS;
  }
}

/** What fails now may be well later: a key service that is busy, a key that is disabled. */
async function judged(
  services: ReconciliationServices,
  plan: AuthorityPlan,
  bundle: TrustBundle,
  changeRequest: ChangeRequest,
  earlier: ChangeOutcome | undefined,
): Promise<ChangeVerdict> {
  try {
    return await judgeChange(services, plan, bundle, changeRequest, earlier);
  } catch (error) {
    services.failed(error);
    const recheckAt = new Date(services.clock().getTime() + plan.recheckSeconds * 1000);
    return { verdict: "held", reason: error instanceof Error ? error.message : "it failed; see the log", recheckAt };
  }
}

/** Those whose keys a deployment has brought, or whose predecessor ends soon. */
export async function makeMissingGenerations(
  services: ReconciliationServices,
  plan: AuthorityPlan,
  first: TrustBundle,
): Promise<TrustBundle> {
  let bundle = first;
  for (;;) {
    const id = missingGeneration(bundle, plan, services.clock());
    if (id === undefined) return bundle;
    bundle = await changed(services, bundle, await prepareAuthority(services, plan, bundle, id));
  }
}

function isDue(changeRequest: ChangeRequest, progress: AuthorityProgress, now: Date): boolean {
  const recheckAt = progress.outcomes.get(changeRequest.number)?.recheckAt;
  return isOpen(changeRequest, progress) && (recheckAt === undefined || recheckAt <= now);
}

function outcomeOf(answer: ChangeVerdict, at: Date): ChangeOutcome {
  switch (answer.verdict) {
    case "change":
      return { state: "done", reason: "", at, recheckAt: undefined };
    case "held":
      return {
        ...{ state: "held", reason: answer.reason, at, recheckAt: answer.recheckAt },
        ...(answer.searchedTo === undefined ? {} : { searchedTo: answer.searchedTo }),
      };
    case "done":
    case "refused":
      return { state: answer.verdict, reason: answer.reason, at, recheckAt: undefined };
  }
}

/** @throws Error when somebody else wrote meanwhile: the next reconciliation reads what they wrote */
async function changed(
  { authorities: store, audit }: ReconciliationServices,
  before: TrustBundle,
  authorities: readonly Authority[],
  username?: string,
): Promise<TrustBundle> {
  const bundle = { sequence: before.sequence + 1, authorities };
  if (!(await store.write(bundle))) throw new Error(`the trust bundle ${bundle.sequence} was written by somebody else`);
  for (const event of changeEvents(before, bundle))
    audit({ ...event, ...(username === undefined ? {} : { username }) });
  return bundle;
}

function changeEvents(before: TrustBundle, after: TrustBundle): AuditEvent[] {
  return after.authorities.flatMap(({ id, state, certificate }) => {
    const earlier = before.authorities.find((one) => one.id === id);
    if (earlier?.state === state) return [];
    const event = earlier === undefined ? "authority_prepared" : STATE_EVENTS[state];
    const notAfter = parseCertificate(certificate).notAfter.toISOString();
    return event === undefined ? [] : [{ event, authorityId: id, authorityState: state, notAfter }];
  });
}

/** That its predecessor is retiring needs no telling: the next one's activation says it. */
const STATE_EVENTS: Partial<Record<Authority["state"], AuditEvent["event"]>> = {
  active: "authority_activated",
  retired: "authority_retired",
};

async function withOutcome(
  services: ReconciliationServices,
  progress: AuthorityProgress,
  { changeRequests }: ChangeRequests,
  changeRequest: ChangeRequest,
  outcome: ChangeOutcome,
): Promise<AuthorityProgress> {
  const known = new Set(changeRequests.map(({ number }) => number));
  const outcomes = new Map([...progress.outcomes].filter(([number]) => known.has(number)));
  return written(services, { ...progress, outcomes: outcomes.set(changeRequest.number, outcome) });
}

async function written(
  { changeRequests }: ReconciliationServices,
  progress: AuthorityProgress,
): Promise<AuthorityProgress> {
  if (!(await changeRequests.writeProgress(progress)))
    throw new Error("the progress of the CAs was written by somebody else");
  return { ...progress, version: progress.version + 1 };
}

/** The days left at every reconciliation, for the metric; a warning once a day, for people. */
async function tellExpiry(
  services: ReconciliationServices,
  plan: AuthorityPlan,
  bundle: TrustBundle,
  progress: AuthorityProgress,
): Promise<AuthorityProgress> {
  const now = services.clock();
  const isWarned = progress.warnedAt !== undefined && now.getTime() - progress.warnedAt.getTime() < WARNING_INTERVAL_MS;
  const events = authorityExpiryEvents(bundle, plan, now);
  const warnings = events.filter(({ event }) => event === "authority_expires_soon");
  for (const event of events) if (!isWarned || !warnings.includes(event)) services.audit(event);
  return warnings.length > 0 && !isWarned ? written(services, { ...progress, warnedAt: now }) : progress;
}
