import { isIntentName } from "../ledger/intent-name.ts";
import { stateOf } from "../ledger/issuance-record.ts";
import type { IssuanceServices } from "../claim/issuance-services.ts";
import type { IssuerDirectory } from "../authority/issuer-directory.ts";
import { nodeKey, openRequest, type NodeRecord } from "../ledger/node-record.ts";
import { RefusalError } from "../refusal.ts";
import { suggestRenewal, retiringSince, type SuggestedRenewal } from "./suggested-renewal.ts";
import { placeOf } from "./window.ts";

/** What an agent asks for a few times a day, in one cheap request instead of two. */
export interface RenewalInfo {
  readonly suggestion: SuggestedRenewal;
  readonly trustBundleSequence: number;
  readonly pollAfterSeconds: number;
}

const POLL_SECONDS = 6 * 3600;
/** While a CA generation comes or goes. */
const POLL_SECONDS_DURING_CHANGE = 3600;
/** Agents ask no more often. */
const SHORTEST_POLL_SECONDS = 300;

/**
 * When the certificate of this intent should be renewed. Not authenticated, as in RFC 9773: the intent's name is a
 * digest that cannot be guessed. Beyond the certificate, the answer reveals only when its holder will renew. Names that
 * people choose (Kubernetes objects) get no answer.
 *
 * @throws RefusalError `not_found` when there is no such certificate, it was revoked, voided or
 *   displaced, or its CA is retired: no certificate follows it
 */
export async function renewalInfo(services: IssuanceServices, name: string): Promise<RenewalInfo> {
  const [record, directory] = await Promise.all([
    isIntentName(name) ? services.ledger.read(name) : undefined,
    services.issuers(),
  ]);
  if (record?.reservation === undefined || stateOf(record) !== "Issued") throw nothingToRenew();
  const { reservation, nodeName, signerName } = record;
  // Where an operator's request for this name is noted, if it has a certificate of this signer: each signer's record has it.
  const node = await services.nodes.read(nodeKey(nodeName, signerName));
  // A machine that holds a token learns here, without showing its certificate, that it has to join anew.
  if (isDisplaced(node, name, reservation.at) || isRetired(directory, reservation.issuerId)) throw nothingToRenew();
  const now = services.clock();
  const facts = {
    reservation,
    nodeName,
    signerName,
    policy: services.policy,
    retiringSince: retiringSince(directory, reservation.issuerId),
    request: openRequest(node, reservation.at),
  };
  const suggestion = suggestRenewal(facts, services.renewals, now);
  return {
    suggestion,
    trustBundleSequence: directory.bundle.sequence,
    pollAfterSeconds: pollAfterSeconds(suggestion, directory, { nodeName, notAfter: reservation.notAfter }, now),
  };
}

function nothingToRenew(): RefusalError {
  return new RefusalError("not_found", "there is no certificate of this name to be renewed", { field: "name" });
}

/** Whether the name was revoked, released, or given to another certificate since. */
function isDisplaced(node: NodeRecord | undefined, intentName: string, issuedAt: Date): boolean {
  if (node === undefined) return false;
  if (node.revocation !== undefined) return true;
  const slots = [node.anchor, node.candidate].filter((slot) => slot !== undefined);
  if (slots.length === 0) return node.releasedAt !== undefined && node.releasedAt >= issuedAt;
  return !slots.some((slot) => slot.intentName === intentName && !slot.isRevoked);
}

function isRetired({ bundle }: IssuerDirectory, issuerId: string): boolean {
  return bundle.authorities.some(({ id, state }) => id === issuerId && state === "retired");
}

/**
 * A moved window is not moved again before it comes: every request for it books a place in the calendar. Nobody is told to
 * ask for a certificate that has ended by then.
 */
export function pollAfterSeconds(
  { reason, renewAfter }: SuggestedRenewal,
  { bundle }: Pick<IssuerDirectory, "bundle">,
  { nodeName, notAfter }: { readonly nodeName: string; readonly notAfter: Date },
  now: Date,
): number {
  const leftSeconds = (notAfter.getTime() - now.getTime()) / 1000;
  const mostSeconds = leftSeconds <= 0 ? Infinity : Math.max(SHORTEST_POLL_SECONDS, leftSeconds);
  const isChanging = bundle.authorities.some(({ state }) => state === "prepared" || state === "retiring");
  const usual = (isChanging ? POLL_SECONDS_DURING_CHANGE : POLL_SECONDS) * (0.9 + placeOf(nodeName) / 5);
  const untilDue = (renewAfter.getTime() - now.getTime()) / 1000;
  return Math.round(Math.min(mostSeconds, reason === undefined ? usual : Math.max(usual, untilDue + 60)));
}
