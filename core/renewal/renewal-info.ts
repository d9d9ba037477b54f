import { isIntentName } from "../ledger/intent-name.ts";
import { stateOf } from "../ledger/issuance-record.ts";
import type { IssuanceServices } from "../claim/issuance-services.ts";
import type { IssuerDirectory } from "../authority/issuer-directory.ts";
import { nodeKey, openRequest } from "../ledger/node-record.ts";
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

/**
 * When the certificate of this intent should be renewed. Not authenticated, as in RFC 9773: the intent's name is a
 * digest that cannot be guessed. Beyond the certificate, the answer reveals only when its holder will renew. Names that
 * people choose (Kubernetes objects) get no answer.
 *
 * @throws RefusalError `not_found` when there is no such certificate, or it was revoked or voided
 */
export async function renewalInfo(services: IssuanceServices, name: string): Promise<RenewalInfo> {
  const [record, directory] = await Promise.all([
    isIntentName(name) ? services.ledger.read(name) : undefined,
    services.issuers(),
  ]);
  if (record?.reservation === undefined || stateOf(record) !== "Issued")
    throw new RefusalError("not_found", "there is no certificate of this name to be renewed", { field: "name" });
  const { reservation, nodeName, signerName } = record;
  // Where an operator's request for this name is noted, if it has a certificate of this signer: each signer's record has it.
  const node = await services.nodes.read(nodeKey(nodeName, signerName));
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
    pollAfterSeconds: pollAfterSeconds(suggestion, directory, nodeName, now),
  };
}

/** A moved window is not moved again before it comes: every request for it books a place in the calendar. */
export function pollAfterSeconds(
  { reason, renewAfter }: SuggestedRenewal,
  { bundle }: Pick<IssuerDirectory, "bundle">,
  nodeName: string,
  now: Date,
): number {
  const isChanging = bundle.authorities.some(({ state }) => state === "prepared" || state === "retiring");
  const usual = (isChanging ? POLL_SECONDS_DURING_CHANGE : POLL_SECONDS) * (0.9 + placeOf(nodeName) / 5);
  const untilDue = (renewAfter.getTime() - now.getTime()) / 1000;
  return Math.round(reason === undefined ? usual : Math.max(usual, untilDue + 60));
}
