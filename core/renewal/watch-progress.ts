/*
 * Who stops renewing is found in the lists by day of expiry. Each day's list is gone through again and again: often when
 * its certificates end soon, once a day when they end in a month, so that what is found is found with most of the time
 * left that there was.
 */

/** How far the watch over a fleet's renewals has come. */
export interface RenewalWatch {
  readonly version: number;
  /** By day of expiry (`2026-11-23`): what came to be overdue until then was told. A day that is missing was never looked at. */
  readonly lookedUntil: ReadonlyMap<string, Date>;
  /** A day that a reconciliation had to leave unfinished. */
  readonly unfinished: UnfinishedDay | undefined;
}

export interface UnfinishedDay extends DayVisit {
  readonly cursor: string;
}

/** A day whose list is gone through for what came to be overdue until a time. */
export interface DayVisit {
  readonly day: string;
  readonly until: Date;
}

export interface RenewalWatchStore {
  read(): Promise<RenewalWatch>;
  /** Writes it with a version one higher than given, if the stored one is the given one. False when it is not. */
  write(watch: RenewalWatch): Promise<boolean>;
}

export const NO_WATCH: RenewalWatch = { version: 0, lookedUntil: new Map(), unfinished: undefined };

export interface WatchedDays {
  /** How many days after today. */
  readonly ahead: number;
  /** How long a day that has passed may wait for its last look, should nobody have looked for so long. */
  readonly behind: number;
  /** No list is gone through more often. */
  readonly leastIntervalSeconds: number;
}

const DAY_MS = 24 * 3600 * 1000;
/** Of the time until a day begins, how much may go by between two looks at it. */
const INTERVAL_SHARE = 1 / 8;

/** What to look at next: what was left unfinished, then what ends first of all that is due. Undefined: nothing is. */
export function nextVisit(watch: RenewalWatch, days: WatchedDays, now: Date): DayVisit | undefined {
  if (watch.unfinished !== undefined) return watch.unfinished;
  const today = dayOf(now);
  for (let offset = -days.behind; offset <= days.ahead; offset++) {
    const day = dayOf(new Date(Date.parse(today) + offset * DAY_MS));
    if (isDue(day, watch.lookedUntil.get(day), days, now)) return { day, until: now };
  }
  return undefined;
}

function isDue(day: string, looked: Date | undefined, { leastIntervalSeconds }: WatchedDays, now: Date): boolean {
  const start = Date.parse(day);
  // A day that has passed wants one last look; one that passed before anybody watched wants none.
  if (now.getTime() >= start + DAY_MS) return looked !== undefined && looked.getTime() < start + DAY_MS;
  if (looked === undefined) return true;
  const wanted = Math.max(leastIntervalSeconds * 1000, (start - now.getTime()) * INTERVAL_SHARE);
  return now.getTime() - looked.getTime() >= Math.min(wanted, DAY_MS);
}

/** After a day was gone through; days that have had their last look are forgotten. */
export function afterVisit(watch: RenewalWatch, { day, until }: DayVisit): RenewalWatch {
  const lookedUntil = new Map(watch.lookedUntil);
  lookedUntil.set(day, until);
  for (const [one, looked] of lookedUntil) if (looked.getTime() >= Date.parse(one) + DAY_MS) lookedUntil.delete(one);
  return { ...watch, lookedUntil, unfinished: undefined };
}

function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10);
}
