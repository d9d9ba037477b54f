import type { SuggestedRenewal } from "../../core/renewal/suggested-renewal.ts";
import type { RenewalWindow } from "../../core/certificate/validity.ts";
import type { NextStep } from "../http/problem.ts";
import { rfc3339 } from "../http/rfc3339.ts";
import type { HttpHandler } from "../http-handler.ts";

/**
 * What an agent needs of an answer beside PEM, for one that reads no JSON and computes no dates (`agent/nodeseal-join.sh`):
 * each header is a word, a number or a name. Problems have theirs in `../http/problem.ts`.
 */
type Headers = Readonly<Record<string, string>>;

export function nextStep(step: NextStep): Headers {
  return { "nodeseal-next": step };
}

export function requestHeader(name: string): Headers {
  return { "nodeseal-request": name };
}

export function trustBundleHeader(sequence: number): Headers {
  return { "nodeseal-trust-bundle": String(sequence) };
}

/** A compact JWS. */
export function discoveryHeader(jws: string): Headers {
  return { "nodeseal-discovery": jws };
}

/** Of an issued certificate. */
export function issuedHeaders(window: RenewalWindow, trustBundleSequence: number, now: Date): Headers {
  return { ...nextStep("keep"), ...timeHeaders(window, now), ...trustBundleHeader(trustBundleSequence) };
}

/**
 * Of the renewal window as things are now: whether it has begun. One that is overdue is not put off: who asks from a timer
 * would be given a later time at each question.
 */
export function windowHeaders(suggestion: SuggestedRenewal, trustBundleSequence: number, now: Date): Headers {
  const isDue = suggestion.reason === "overdue" || now >= suggestion.renewAfter;
  const headers = { ...timeHeaders(suggestion, now), ...trustBundleHeader(trustBundleSequence) };
  return { ...nextStep(isDue ? "renew" : "keep"), ...headers };
}

function timeHeaders({ renewAfter, renewBefore }: RenewalWindow, now: Date): Headers {
  return {
    "nodeseal-renew-after": rfc3339(renewAfter),
    "nodeseal-renew-before": rfc3339(renewBefore),
    "nodeseal-renew-after-seconds": String(secondsUntil(renewAfter, now)),
  };
}

/** 0 once it has passed. */
function secondsUntil(at: Date, now: Date): number {
  return Math.max(0, Math.ceil((at.getTime() - now.getTime()) / 1000));
}

/** Tells the time, by which proofs are judged. Not in what caches keep: it would be an old time there. */
export function withTime(handler: HttpHandler, clock: () => Date): HttpHandler {
  return async (event, context) => {
    const answer = await handler(event, context);
    if (!event.rawPath.startsWith("/v1/") || answer.headers?.["cache-control"] !== "no-store") return answer;
    const seconds = Math.floor(clock().getTime() / 1000);
    return { ...answer, headers: { ...answer.headers, "nodeseal-time": String(seconds) } };
  };
}
