import type { IssuanceRecord } from "../../../../core/ledger/issuance-record.ts";
import { lastChangeOf, OLDEST_IN_SIGHT_MS, SIGHT_MS } from "../../../../core/signing-request/retention.ts";
import { waitingNatively } from "../read/object-list.ts";
import { MOST_OWN_READ, ownPage } from "../read/own-requests.ts";
import type { KubernetesServices } from "../protocol/services.ts";
import { StatusError } from "../protocol/status.ts";
import { finishOwn, mayRead, readCurrent, readVisible } from "../caller/visible-request.ts";
import { eventOf, type Watch, type WatchEvent } from "./watch-event.ts";

export interface Changes {
  readonly events: readonly WatchEvent[];
  /** Up to here they are all there are. */
  readonly until: Date;
}

/**
 * The one object asked for. What is out of sight is still told to be deleted. What may not be read is as absent here as
 * what was never there: nothing that is told, no version and no end of an answer, may come from it.
 */
export async function watchedRecord(
  services: KubernetesServices,
  { caller, request }: Watch,
  name: string,
): Promise<IssuanceRecord | undefined> {
  const record = await readVisible(services, caller, name);
  if (record === undefined) {
    const hidden = await readCurrent(services, name);
    return hidden !== undefined && mayRead(caller, hidden) ? hidden : undefined;
  }
  return finishOwn(services, caller, record, request);
}

/**
 * The next answer holds what this one does not: Lambda's are at most 6 MB, and an object has up to 20 KB with its
 * annotations.
 */
const MOST_CHANGES = 100;
const MOST_DISAPPEARANCES = 50;
/** Those have no annotations. */
const MOST_WAITING = 200;

/** What happened between two times, as far as this caller may know. */
export async function changesOf(
  services: KubernetesServices,
  watch: Watch,
  since: Date,
  until: Date,
): Promise<Changes> {
  const isOfAll = watch.caller.kind === "administrator";
  return (isOfAll ? changesOfAll : ownChanges)(services, watch, since, until);
}

const TOO_MANY = `more than ${MOST_OWN_READ} requests of the last two days are yours: list them, or watch one by its name`;

/**
 * What happened to the caller's own requests, from the list of them: what went out of sight by its age included. Their
 * changes have no order in it, so all of them are read, and where they are more than one page this is refused.
 *
 * @throws StatusError MethodNotAllowed
 */
async function ownChanges(services: KubernetesServices, watch: Watch, since: Date, until: Date): Promise<Changes> {
  const oldest = new Date(since.getTime() - OLDEST_IN_SIGHT_MS);
  const { items, cursor } = await ownPage(services, watch.caller, oldest, { limit: MOST_OWN_READ, cursor: undefined });
  if (cursor !== undefined) throw new StatusError("MethodNotAllowed", TOO_MANY, {});
  const events = items.flatMap((record) => eventOf(services, watch, record, until) ?? []);
  return { events: events.filter(({ at }) => at.getTime() <= until.getTime()), until };
}

/**
 * What happened between two times. What was asked for at `/v1/certificates` is here while it waits, the longest waiting
 * first; what was signed there at once is in lists.
 */
async function changesOfAll(services: KubernetesServices, watch: Watch, since: Date, until: Date): Promise<Changes> {
  const [changes, waiting] = await Promise.all([
    changesBetween(services, since, until, MOST_CHANGES),
    waitingNatively(services, { limit: MOST_WAITING, cursor: undefined }),
  ]);
  const events = [...changes.records, ...waiting.items].flatMap(
    (record) => eventOf(services, watch, record, changes.until) ?? [],
  );
  return { events: events.filter(({ at }) => at.getTime() <= changes.until.getTime()), until: changes.until };
}

/** What went out of sight by its age alone: an hour after it was settled, a day after it began to wait. */
export async function disappearancesOf(
  services: KubernetesServices,
  watch: Watch,
  since: Date,
  until: Date,
): Promise<Changes> {
  const windows = await Promise.all(
    SIGHT_MS.map(async (age) => {
      const back = (at: Date): Date => new Date(at.getTime() - age);
      const { records, until: end } = await changesBetween(services, back(since), back(until), MOST_DISAPPEARANCES);
      return { records, until: new Date(end.getTime() + age) };
    }),
  );
  const end = new Date(Math.min(until.getTime(), ...windows.map((window) => window.until.getTime())));
  const events = windows
    .flatMap(({ records }) => records)
    .flatMap((record) => eventOf(services, watch, record, end) ?? [])
    .filter(({ type }) => type === "DELETED");
  return { events, until: end };
}

async function changesBetween({ options }: KubernetesServices, after: Date, until: Date, limit: number) {
  const records = await options.objects.changesBetween(after, until, limit);
  const last = records.at(-1);
  if (records.length < limit || last === undefined) return { records, until };
  // Of those that changed in the last one's millisecond some may be missing: they are all told next time.
  const end = lastChangeOf(last).getTime();
  const isAlone = records.every((record) => lastChangeOf(record).getTime() === end);
  return { records, until: new Date(isAlone ? end : end - 1) };
}
