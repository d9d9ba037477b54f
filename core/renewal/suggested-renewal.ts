import type { IssuerDirectory } from "../authority/issuer-directory.ts";
import type { Reservation } from "../ledger/issuance-record.ts";
import type { RenewalRequest } from "../ledger/node-record.ts";
import type { Policy } from "../policy/policy.ts";
import type { CalendarBounds, RenewalCalendar } from "./calendar.ts";
import { between, placeOf, REACH_SECONDS, recordedWindow, renewalSpan, wholeSeconds } from "./window.ts";
import { BACKDATE_SECONDS, type RenewalWindow } from "../certificate/validity.ts";

/** Why a certificate should be renewed at another time than it was issued with. */
export const RENEWAL_REASONS = ["operator_request", "lifetime_shortened", "authority_retiring", "overdue"] as const;
export type RenewalReason = (typeof RENEWAL_REASONS)[number];

/** Everything that decides when a certificate should be renewed. */
export interface RenewalFacts {
  readonly reservation: Reservation;
  readonly nodeName: string;
  readonly signerName: string;
  readonly policy: Policy;
  /** When its CA generation began to retire. Undefined when it is active. */
  readonly retiringSince: Date | undefined;
  /** An operator's request that this certificate has not answered yet. */
  readonly request: RenewalRequest | undefined;
}

export interface SuggestedRenewal extends RenewalWindow {
  /** Undefined when the time is the one recorded at issue. */
  readonly reason: RenewalReason | undefined;
}

/**
 * By then every agent has learnt of a CA change: agents ask at least every 6.6 hours, and a function may use an old
 * bundle for a minute. If renewals began earlier, late agents would all renew at the beginning.
 */
const NOTICE_SECONDS = 7 * 3600;
/**
 * When a CA generation retires, each wait until renewal shrinks to this share. An even fleet stays even, 4/3 as fast.
 */
const WAIT_SHARE = 0.75;

/** The part of the remaining time in which an overdue renewal is placed. The first tenth is left to the most urgent. */
const CATCH_UP_SHARES = [0.1, 0.93] as const;
/** A fleet catches up within a day, however long its certificates are still valid. */
const LONGEST_CATCH_UP_SECONDS = 24 * 3600;
/** With less time left than this, a node renews at once. */
const SHORTEST_CATCH_UP_SECONDS = 600;

/**
 * When a certificate should be renewed now (in the spirit of RFC 9773). Never later than recorded at issue, except when
 * it is overdue: after an outage the whole fleet is, and it must not renew all at once.
 */
export function suggestRenewal(facts: RenewalFacts, calendar: RenewalCalendar, now: Date): SuggestedRenewal {
  const { renewAfter, renewBefore, reason } = suggestWithRequest(facts, calendar, now);
  // What should have been done by now is to be done now: no time that is told lies in the past.
  const from = later(renewAfter, wholeSeconds(now));
  return { renewAfter: from, renewBefore: later(renewBefore, from), reason };
}

function suggestWithRequest(facts: RenewalFacts, calendar: RenewalCalendar, now: Date): SuggestedRenewal {
  const suggestion = suggestWithoutRequest(facts, calendar, now);
  const request = requested(facts, calendar, now);
  if (request === undefined || request.at > suggestion.renewAfter) return suggestion;
  return { ...suggestion, renewAfter: request.at, reason: request.reason };
}

function suggestWithoutRequest(facts: RenewalFacts, calendar: RenewalCalendar, now: Date): SuggestedRenewal {
  const { reservation, nodeName } = facts;
  const { renewAfter: planned, renewBefore } = recordedWindow(reservation, nodeName);
  const [move] = [shortened(facts, planned), broughtForward(facts, planned, calendar)]
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

/** A time within the operator's period, so that a whole fleet does not renew at once. */
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
  // Past already: agents ask at different times, so the late ones are spread.
  if (wanted <= now) return { at: wanted, reason: "operator_request" };
  const reach = Math.min(REACH_SECONDS, (latest.getTime() - earliest.getTime()) / 2000);
  const at = calendar.bookNear(wanted, { earliest, latest }, reach);
  return { at: wholeSeconds(at), reason: "operator_request" };
}

/** No rule allows so long a lifetime any more: the renewal is placed as if it had the longest one allowed now. */
function shortened({ reservation, nodeName, signerName, policy }: RenewalFacts, planned: Date): Move | undefined {
  const limits = policy.rules.filter((rule) => rule.signerName === signerName).map((rule) => rule.maxLifetimeSeconds);
  const { notBefore, at: issuedAt } = reservation;
  const notAfter = new Date(notBefore.getTime() + (Math.max(...limits) + BACKDATE_SECONDS) * 1000);
  // Without a rule nothing can be renewed, so nothing is brought forward.
  if (limits.length === 0 || notAfter >= reservation.notAfter) return undefined;
  const { from, until } = renewalSpan({ notBefore, notAfter, at: issuedAt }, false);
  const at = between(from, until, placeOf(nodeName));
  return at < planned ? { at, reason: "lifetime_shortened" } : undefined;
}

/** Its CA is retiring: all waits until renewal shrink by the same factor, so that an even fleet stays even. */
function broughtForward({ retiringSince }: RenewalFacts, planned: Date, calendar: RenewalCalendar): Move | undefined {
  if (retiringSince === undefined) return undefined;
  const start = new Date(retiringSince.getTime() + NOTICE_SECONDS * 1000);
  if (planned <= start) return undefined;
  const wanted = between(start, planned, WAIT_SHARE);
  // The same reach in both directions, or renewals would crowd at the beginning.
  const reach = Math.min(REACH_SECONDS, (planned.getTime() - wanted.getTime()) / 1000);
  const at = wholeSeconds(calendar.bookNear(wanted, { earliest: start, latest: planned }, reach));
  return { at, reason: "authority_retiring" };
}

/** Spreads renewals that are late: the less time is left, the sooner. */
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

/** When a CA generation began to retire. Undefined when it is not retiring. */
export function retiringSince(directory: IssuerDirectory, issuerId: string): Date | undefined {
  const authority = directory.bundle.authorities.find(({ id }) => id === issuerId);
  // Without a recorded date, the start of its successor's validity: that was earlier.
  return authority?.state === "retiring" ? (authority.stateSince ?? directory.active().notBefore) : undefined;
}

function earlier(one: Date, other: Date): Date {
  return one <= other ? one : other;
}

function later(one: Date, other: Date): Date {
  return one >= other ? one : other;
}
