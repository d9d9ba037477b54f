import { createHash } from "node:crypto";
import type { Reservation } from "../ledger/issuance-record.ts";
import type { RenewalCalendar } from "./calendar.ts";
import { BACKDATE_SECONDS, type RenewalWindow, type Validity } from "../certificate/validity.ts";

/** How long an outage and its catch-up may last before due certificates expire, if the lifetime is long enough. */
const RESERVE_SECONDS = 8 * 3600;
/**
 * A short lifetime leaves a third for retries, as ACME clients do. A long one leaves a tenth, as the kubelet does
 * (K8.1).
 */
const LEAST_LATEST_SHARE = 2 / 3;
const MOST_LATEST_SHARE = 0.9;
/** A node renews in the fifth of its lifetime before that, at the place its name gives. */
const WIDTH_SHARE = 0.2;
/** A fleet that booted together has first certificates of one age. Nearly half a lifetime spreads it. */
const FIRST_WIDTH_SHARE = 0.45;
/** How far a node may be moved from its place to even out the load. */
export const REACH_SECONDS = 30 * 60;

/** The part of a certificate's lifetime in which it should be renewed. */
export interface RenewalSpan {
  readonly from: Date;
  readonly until: Date;
}

/** A certificate's validity, and when it was made. */
export interface IssuedValidity extends Validity {
  /** Absent: as if it was not backdated. */
  readonly at?: Date;
}

/**
 * When its holder could have it first: the validity is backdated, which is half of the life of a ten-minute certificate. A
 * window counted from there would lie in the past.
 */
function usableFrom({ notBefore, at = notBefore }: IssuedValidity): number {
  const latest = notBefore.getTime() + BACKDATE_SECONDS * 1000;
  return Math.max(notBefore.getTime(), Math.min(at.getTime(), latest));
}

/** @param isFirst whether it was enrolled with a token, not renewed */
export function renewalSpan(validity: IssuedValidity, isFirst: boolean): RenewalSpan {
  const start = usableFrom(validity);
  const total = validity.notAfter.getTime() - start;
  const latest = Math.min(MOST_LATEST_SHARE, Math.max(LEAST_LATEST_SHARE, 1 - (RESERVE_SECONDS * 1000) / total));
  const at = (share: number): Date => wholeSeconds(new Date(start + total * share));
  return { from: at(latest - (isFirst ? FIRST_WIDTH_SHARE : WIDTH_SHARE)), until: at(latest) };
}

/** When a certificate about to be made should be renewed: near its node's place, evened out by the calendar. */
export function plannedRenewal(
  validity: IssuedValidity,
  { nodeName, isFirst }: { readonly nodeName: string; readonly isFirst: boolean },
  calendar: RenewalCalendar,
): Date {
  const { from, until } = renewalSpan(validity, isFirst);
  const bounds = { earliest: from, latest: until };
  return wholeSeconds(calendar.bookNear(between(from, until, placeOf(nodeName, isFirst)), bounds, REACH_SECONDS));
}

/** The window recorded at issue. Records of older versions have none, so it is computed from the name. */
export function recordedWindow(reservation: Reservation, nodeName: string): RenewalWindow {
  const { from, until } = renewalSpan(reservation, false);
  return { renewAfter: reservation.renewAfter ?? between(from, until, placeOf(nodeName)), renewBefore: until };
}

/** A node's place in any window, in [0, 1): even over a fleet, and always the same for a node. */
export function placeOf(nodeName: string, isFirst = false): number {
  // A different place the first time, so that nodes that booted together do not stay together.
  return (
    createHash("sha256")
      .update(nodeName)
      .digest()
      .readUInt32BE(isFirst ? 4 : 0) /
    2 ** 32
  );
}

/** The point at this share of the time from one date to another, in whole seconds. */
export function between(from: Date, until: Date, share: number): Date {
  return wholeSeconds(new Date(from.getTime() + (until.getTime() - from.getTime()) * share));
}

/** Answers and records have no fractions of a second. */
export function wholeSeconds(at: Date): Date {
  return new Date(Math.floor(at.getTime() / 1000) * 1000);
}
