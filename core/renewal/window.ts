import { createHash } from "node:crypto";
import type { Reservation } from "../ledger/issuance-record.ts";
import type { RenewalCalendar } from "./calendar.ts";
import type { RenewalWindow, Validity } from "../certificate/validity.ts";

/** What an outage may last, and be caught up with, before a certificate that was due when it began expires: where there is room for it. */
const RESERVE_SECONDS = 8 * 3600;
/** Of a short life a third is left, as ACME clients leave; of a long one a tenth, as the kubelet does (K8.1). */
const LEAST_LATEST_SHARE = 2 / 3;
const MOST_LATEST_SHARE = 0.9;
/** Where in the fifth of its life before that a node renews is its name's place. */
const WIDTH_SHARE = 0.2;
/** A fleet that booted together has first certificates of one age: nearly half a life takes it apart. */
const FIRST_WIDTH_SHARE = 0.45;
/** How far from its place a node may be for the sake of evenness. */
export const REACH_SECONDS = 30 * 60;

/** The part of a certificate's life in which it is to be renewed. */
export interface RenewalSpan {
  readonly from: Date;
  readonly until: Date;
}

/** @param isFirst whether a token got it, rather than its predecessor */
export function renewalSpan({ notBefore, notAfter }: Validity, isFirst: boolean): RenewalSpan {
  const [start, total] = [notBefore.getTime(), notAfter.getTime() - notBefore.getTime()];
  const latest = Math.min(MOST_LATEST_SHARE, Math.max(LEAST_LATEST_SHARE, 1 - (RESERVE_SECONDS * 1000) / total));
  const at = (share: number): Date => wholeSeconds(new Date(start + total * share));
  return { from: at(latest - (isFirst ? FIRST_WIDTH_SHARE : WIDTH_SHARE)), until: at(latest) };
}

/** When a certificate that is about to be made is to be renewed: about where its node belongs, levelled with what else was promised. */
export function plannedRenewal(
  validity: Validity,
  { nodeName, isFirst }: { readonly nodeName: string; readonly isFirst: boolean },
  calendar: RenewalCalendar,
): Date {
  const { from, until } = renewalSpan(validity, isFirst);
  const bounds = { earliest: from, latest: until };
  return wholeSeconds(calendar.bookNear(between(from, until, placeOf(nodeName, isFirst)), bounds, REACH_SECONDS));
}

/** What the record promised when it was made. One that says nothing is from before there was a plan. */
export function recordedWindow(reservation: Reservation, nodeName: string): RenewalWindow {
  const { from, until } = renewalSpan(reservation, false);
  return { renewAfter: reservation.renewAfter ?? between(from, until, placeOf(nodeName)), renewBefore: until };
}

/** A node's place in any window: even over a fleet, and the same for a node every time. In [0, 1). */
export function placeOf(nodeName: string, isFirst = false): number {
  // Another one the first time: nodes that were together once are not together again.
  return (
    createHash("sha256")
      .update(nodeName)
      .digest()
      .readUInt32BE(isFirst ? 4 : 0) /
    2 ** 32
  );
}

/** The point that far from one time to another, in whole seconds. */
export function between(from: Date, until: Date, share: number): Date {
  return wholeSeconds(new Date(from.getTime() + (until.getTime() - from.getTime()) * share));
}

/** Answers and records have no fractions. */
export function wholeSeconds(at: Date): Date {
  return new Date(Math.floor(at.getTime() / 1000) * 1000);
}
