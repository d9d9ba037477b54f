/*
 * Nodes that stop renewing are found in the lists by day of expiry. Each day's list is checked again and again: often
 * when its certificates end soon, once a day when they end in a month. So most of the time left remains when a node is
 * found.
 */

/** How far the check of a fleet's renewals has come. */
export interface RenewalWatch {
  readonly version: number;
  /**
   * By day of expiry (`2026-11-23`): nodes overdue by this time have been reported. A missing day was never checked.
   */
  readonly checkedUntil: ReadonlyMap<string, Date>;
  /** A day that a reconciliation had to leave unfinished. */
  readonly unfinished: UnfinishedDay | undefined;
}

export interface UnfinishedDay extends DayVisit {
  readonly cursor: string;
}

/** A day whose list is checked for nodes that became overdue before a time. */
export interface DayVisit {
  readonly day: string;
  readonly until: Date;
}

export interface RenewalWatchStore {
  read(): Promise<RenewalWatch>;
  /** Writes it with the next version, if the stored version is the given one. False when it is not. */
  write(watch: RenewalWatch): Promise<boolean>;
}

export const NO_WATCH: RenewalWatch = { version: 0, checkedUntil: new Map(), unfinished: undefined };

export interface WatchedDays {
  /** How many days after today. */
  readonly ahead: number;
  /** How long a past day may wait for its last check, after a pause in checking. */
  readonly behind: number;
  /** No list is checked more often. */
  readonly leastIntervalSeconds: number;
}

const DAY_MS = 24 * 3600 * 1000;
/** The longest time between two checks of a day, as a share of the time until it begins. */
const INTERVAL_SHARE = 1 / 8;

/** The next day to check: an unfinished one first, then the earliest that is due. Undefined when none is. */
export function nextVisit(watch: RenewalWatch, days: WatchedDays, now: Date): DayVisit | undefined {
  if (watch.unfinished !== undefined) return watch.unfinished;
  const today = dayOf(now);
  for (let offset = -days.behind; offset <= days.ahead; offset++) {
    const day = dayOf(new Date(Date.parse(today) + offset * DAY_MS));
    if (isDue(day, watch.checkedUntil.get(day), days, now)) return { day, until: now };
  }
  return undefined;
}

function isDue(day: string, checked: Date | undefined, { leastIntervalSeconds }: WatchedDays, now: Date): boolean {
  const start = Date.parse(day);
  // A past day needs one last check. One that passed before checks began needs none.
  if (now.getTime() >= start + DAY_MS) return checked !== undefined && checked.getTime() < start + DAY_MS;
  if (checked === undefined) return true;
  const wanted = Math.max(leastIntervalSeconds * 1000, (start - now.getTime()) * INTERVAL_SHARE);
  return now.getTime() - checked.getTime() >= Math.min(wanted, DAY_MS);
}

/** Records a checked day. Days that had their last check are forgotten. */
export function afterVisit(watch: RenewalWatch, { day, until }: DayVisit): RenewalWatch {
  const checkedUntil = new Map(watch.checkedUntil);
  checkedUntil.set(day, until);
  for (const [one, checked] of checkedUntil)
    if (checked.getTime() >= Date.parse(one) + DAY_MS) checkedUntil.delete(one);
  return { ...watch, checkedUntil, unfinished: undefined };
}

function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10);
}
