import type { IssuerDirectory } from "../authority/issuer-directory.ts";
import type { Reservation } from "../ledger/issuance-record.ts";
import type { RenewalRequest } from "../ledger/node-record.ts";
import type { Policy } from "../policy/policy.ts";
import type { CalendarBounds, RenewalCalendar } from "./calendar.ts";
import { between, placeOf, REACH_SECONDS, recordedWindow, renewalSpan, wholeSeconds } from "./window.ts";
import { BACKDATE_SECONDS, type RenewalWindow } from "../certificate/validity.ts";

/** Why a certificate is to be renewed at another time than was said when it was issued. */
export const RENEWAL_REASONS = ["operator_request", "lifetime_shortened", "authority_retiring", "overdue"] as const;
export type RenewalReason = (typeof RENEWAL_REASONS)[number];

/** All that decides when a certificate is to be renewed. */
export interface RenewalFacts {
  readonly reservation: Reservation;
  readonly nodeName: string;
  readonly signerName: string;
  readonly policy: Policy;
  /** Since when its CA generation is retiring; undefined when it is not. */
  readonly retiringSince: Date | undefined;
  /** An operator's override that this certificate has not answered. */
  readonly request: RenewalRequest | undefined;
}

export interface RenewalDirection extends RenewalWindow {
  /** Undefined when it is as it was said at issue. */
  readonly reason: RenewalReason | undefined;
}

/**
 * Every agent has heard of a CA change by then: they ask at least every 6.6 hours, and a function goes on with an old bundle
 * for a minute. A wave that began earlier would begin with a crest of those who hear late.
 */
const NOTICE_SECONDS = 7 * 3600;
/** Of the time that was left, what stays when a CA generation retires: a fleet that was even is even still, four thirds as fast. */
const HASTE = 0.75;

/** Where in the time that is left an overdue renewal may be sent: the first tenth is for those who have hardly any. */
const CATCH_UP_SHARES = [0.1, 0.93] as const;
/** However long a certificate has left, a fleet has caught up after a day. */
const LONGEST_CATCH_UP_SECONDS = 24 * 3600;
/** With less than this left nobody is sent away. */
const SHORTEST_CATCH_UP_SECONDS = 600;

/**
 * When a certificate is to be renewed, as things are now (RFC 9773 in spirit). Never later than was said at issue, but for
 * one that is overdue: after an outage everybody is, and they must not come together.
 */
export function directRenewal(facts: RenewalFacts, calendar: RenewalCalendar, now: Date): RenewalDirection {
  const asThingsAre = directByItself(facts, calendar, now);
  const request = requested(facts, calendar, now);
  if (request === undefined || request.at > asThingsAre.renewAfter) return asThingsAre;
  return { ...asThingsAre, renewAfter: request.at, reason: request.reason };
}

function directByItself(facts: RenewalFacts, calendar: RenewalCalendar, now: Date): RenewalDirection {
  const { reservation, nodeName } = facts;
  const { renewAfter: planned, renewBefore } = recordedWindow(reservation, nodeName);
  const [move] = [shortened(facts, planned), hastened(facts, planned, calendar)]
    .filter((one) => one !== undefined)
    .sort((one, other) => one.at.getTime() - other.at.getTime());
  const due = earlier(planned, move?.at ?? planned);
  if (due > now) return { renewAfter: due, renewBefore, reason: move?.reason };
  const renewAfter = caughtUp(facts, due, planned, calendar, now);
  return { renewAfter, renewBefore: later(renewBefore, renewAfter), reason: move?.reason ?? "overdue" };
}

interface Move {
  readonly at: Date;
  readonly reason: RenewalReason;
}

/** Somewhere in the time that the operator gave: who asks for a whole fleet's is not answered by all at once. */
function requested(
  { reservation, nodeName, request }: RenewalFacts,
  calendar: RenewalCalendar,
  now: Date,
): Move | undefined {
  if (request === undefined) return undefined;
  const { renewAfter: planned } = recordedWindow(reservation, nodeName);
  const latest = earlier(request.until, planned);
  const earliest = earlier(request.at, latest);
  const wanted = between(earliest, latest, placeOf(nodeName));
  // Heard of late: agents ask at times of their own, so those who come now are spread already.
  if (wanted <= now) return { at: wanted, reason: "operator_request" };
  const reach = Math.min(REACH_SECONDS, (latest.getTime() - earliest.getTime()) / 2000);
  const at = calendar.bookNear(wanted, { earliest, latest }, reach);
  return { at: wholeSeconds(at), reason: "operator_request" };
}

/** No rule would give it so long a life now: it is treated as if it had got what it would get. */
function shortened({ reservation, nodeName, signerName, policy }: RenewalFacts, planned: Date): Move | undefined {
  const limits = policy.rules.filter((rule) => rule.signerName === signerName).map((rule) => rule.maxLifetimeSeconds);
  const { notBefore } = reservation;
  const notAfter = new Date(notBefore.getTime() + (Math.max(...limits) + BACKDATE_SECONDS) * 1000);
  // Without a rule nothing would be renewed: nothing is to be hurried.
  if (limits.length === 0 || notAfter >= reservation.notAfter) return undefined;
  const { from, until } = renewalSpan({ notBefore, notAfter }, false);
  const at = between(from, until, placeOf(nodeName));
  return at < planned ? { at, reason: "lifetime_shortened" } : undefined;
}

/** Its CA is on the way out: what is left until its renewal shrinks, for all alike, so that what was even stays even. */
function hastened({ retiringSince }: RenewalFacts, planned: Date, calendar: RenewalCalendar): Move | undefined {
  if (retiringSince === undefined) return undefined;
  const start = new Date(retiringSince.getTime() + NOTICE_SECONDS * 1000);
  if (planned <= start) return undefined;
  const wanted = between(start, planned, HASTE);
  // As far one way as the other, or they would crowd where the wave begins.
  const reach = Math.min(REACH_SECONDS, (planned.getTime() - wanted.getTime()) / 1000);
  const at = wholeSeconds(calendar.bookNear(wanted, { earliest: start, latest: planned }, reach));
  return { at, reason: "authority_retiring" };
}

/** A time of its own for one of many that are late: the less it has left, the sooner. */
function caughtUp(
  { reservation: { notAfter }, nodeName }: RenewalFacts,
  due: Date,
  planned: Date,
  calendar: RenewalCalendar,
  now: Date,
): Date {
  const leftSeconds = Math.min(LONGEST_CATCH_UP_SECONDS, (notAfter.getTime() - now.getTime()) / 1000);
  if (leftSeconds < SHORTEST_CATCH_UP_SECONDS) return due;
  const [earliest, latest] = CATCH_UP_SHARES.map((share) => new Date(now.getTime() + leftSeconds * share * 1000));
  if (earliest === undefined || latest === undefined) return due;
  const bounds: CalendarBounds =
    planned > now ? { earliest: earlier(earliest, planned), latest: earlier(latest, planned) } : { earliest, latest };
  return wholeSeconds(calendar.bookBetween(bounds, placeOf(nodeName)));
}

/** Since when a CA generation is on the way out; undefined when it is not. */
export function retiringSince(directory: IssuerDirectory, issuerId: string): Date | undefined {
  const authority = directory.bundle.authorities.find(({ id }) => id === issuerId);
  // Without a date: its successor was there before it took over.
  return authority?.state === "retiring" ? (authority.stateSince ?? directory.active().notBefore) : undefined;
}

function earlier(one: Date, other: Date): Date {
  return one <= other ? one : other;
}

function later(one: Date, other: Date): Date {
  return one >= other ? one : other;
}
