import { writeAgentState, type AgentState } from "../directory/agent-state.ts";
import { readTrustBundleFile } from "../directory/trust-bundle-file.ts";
import type { EnrolledNode } from "./enrolled-node.ts";
import { refreshTrustBundle } from "./renewal.ts";
import { renewalDueAt, type Lifetime } from "./renewal-schedule.ts";
import { randomShare } from "../service/back-off.ts";
import type { RenewalWindowAnswer } from "../service/service-answer.ts";
import type { ServiceClient } from "../service/service-client.ts";

export interface RenewalInfo {
  /** As it is on disk now. */
  readonly node: EnrolledNode;
  /** Why the time of the renewal was moved, if it was. */
  readonly movedBecause: string | undefined;
  readonly askAgainSeconds: number;
}

/** A CA that will sign soon must reach every verifier first. Four times a day is often enough. */
const INTERVAL_SECONDS = 6 * 3600;
/** The shortest interval that the service may ask for. */
const SHORTEST_INTERVAL_SECONDS = 300;
const LONGEST_INTERVAL_SECONDS = 24 * 3600;

/**
 * Asks the service when to renew now, and fetches the trust bundle if there is a newer one. An older service has no
 * such route: then the window stays, and the bundle is fetched.
 *
 * @param mayPostpone whether a renewal whose time has passed may be moved to a later one
 * @throws AgentError
 */
export async function fetchRenewalInfo(
  before: EnrolledNode,
  client: ServiceClient,
  { mayPostpone, now }: { readonly mayPostpone: boolean; readonly now: Date },
): Promise<RenewalInfo> {
  const { certificate } = before.state;
  const isKnown = certificate?.serialNumber === before.pair.leaf.serialNumber;
  const answer = isKnown ? await client.renewalWindow(certificate.requestName) : undefined;
  if (answer === undefined) {
    const node = await refreshTrustBundle(before, client);
    return { node, movedBecause: undefined, askAgainSeconds: INTERVAL_SECONDS * (0.9 + randomShare() / 5) };
  }
  const node = isBundleOld(before, answer.trustBundleSequence) ? await refreshTrustBundle(before, client) : before;
  const state = withWindow(node.state, node.pair.leaf, answer, mayPostpone ? now : undefined);
  if (state !== node.state) writeAgentState(node.directory.fileSystem, node.directory.path, state);
  const { retryAfterSeconds = INTERVAL_SECONDS } = answer;
  return {
    node: { ...node, state },
    movedBecause: state === node.state ? undefined : (answer.reason ?? "service"),
    askAgainSeconds: Math.max(SHORTEST_INTERVAL_SECONDS, Math.min(retryAfterSeconds, LONGEST_INTERVAL_SECONDS)),
  };
}

function isBundleOld({ state, directory }: EnrolledNode, sequence: number | undefined): boolean {
  const { trustBundleSequence: seen } = state;
  if (sequence === undefined || seen === undefined || sequence > seen) return true;
  return readTrustBundleFile(directory.fileSystem, directory.path) === undefined;
}

/**
 * An earlier time is always taken. A later one only replaces a time that has passed.
 *
 * @param now by the service's clock. Undefined: nothing is postponed
 */
export function withWindow(
  state: AgentState,
  leaf: Lifetime,
  { renewAfter, renewBefore }: RenewalWindowAnswer,
  now: Date | undefined,
): AgentState {
  const { certificate } = state;
  if (certificate === undefined || renewAfter === undefined) return state;
  const dueAt = renewalDueAt(leaf, state);
  // "At once" moves nothing: the attempts that failed go on counting.
  const isTaken = renewAfter < dueAt || (now !== undefined && dueAt <= now && renewAfter > now);
  // Not so late that no time is left for retries.
  if (!isTaken || renewAfter >= leaf.notAfter) return state;
  return { ...state, certificate: { ...certificate, renewAfter, renewBefore } };
}
