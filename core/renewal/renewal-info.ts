import { isIntentName } from "../ledger/intent-name.ts";
import { stateOf } from "../ledger/issuance-record.ts";
import type { IssuanceServices } from "../claim/issuance-services.ts";
import type { IssuerDirectory } from "../authority/issuer-directory.ts";
import { openRequest } from "../ledger/node-record.ts";
import { RefusalError } from "../refusal.ts";
import { directRenewal, retiringSince, type RenewalDirection } from "./direction.ts";
import { placeOf } from "./window.ts";

/** What an agent asks for a few times a day: one cheap question instead of two. */
export interface RenewalInfo {
  readonly direction: RenewalDirection;
  readonly trustBundleSequence: number;
  readonly pollAfterSeconds: number;
}

const POLL_SECONDS = 6 * 3600;
/** While a CA generation comes or goes. */
const POLL_SECONDS_DURING_CHANGE = 3600;

/**
 * When the certificate of this intent is to be renewed, for whoever knows the intent's name. It is not authenticated, as in
 * RFC 9773: the name is a digest that cannot be guessed, and what it tells beside the certificate itself is when its holder
 * will renew it. Names that people choose, those of Kubernetes' objects, tell nothing.
 *
 * @throws RefusalError `not_found` when there is no such certificate, or it has been taken back
 */
export async function renewalInfo(services: IssuanceServices, name: string): Promise<RenewalInfo> {
  const [record, directory] = await Promise.all([
    isIntentName(name) ? services.ledger.read(name) : undefined,
    services.issuers(),
  ]);
  if (record?.reservation === undefined || stateOf(record) !== "Issued")
    throw new RefusalError("not_found", "there is no certificate of this name to be renewed", { field: "name" });
  const { reservation, nodeName, signerName } = record;
  // By its plain name: an operator names nodes, and means every certificate of theirs.
  const node = await services.nodes.read(nodeName);
  const now = services.clock();
  const facts = {
    reservation,
    nodeName,
    signerName,
    policy: services.policy,
    retiringSince: retiringSince(directory, reservation.issuerId),
    request: openRequest(node, reservation.at),
  };
  const direction = directRenewal(facts, services.renewals, now);
  return {
    direction,
    trustBundleSequence: directory.bundle.sequence,
    pollAfterSeconds: pollAfterSeconds(direction, directory, nodeName, now),
  };
}

/** A window that was moved is not moved again before it comes: each time it is asked for, a place is promised for it. */
export function pollAfterSeconds(
  { reason, renewAfter }: RenewalDirection,
  { bundle }: Pick<IssuerDirectory, "bundle">,
  nodeName: string,
  now: Date,
): number {
  const isChanging = bundle.authorities.some(({ state }) => state === "prepared" || state === "retiring");
  const usual = (isChanging ? POLL_SECONDS_DURING_CHANGE : POLL_SECONDS) * (0.9 + placeOf(nodeName) / 5);
  const untilDue = (renewAfter.getTime() - now.getTime()) / 1000;
  return Math.round(reason === undefined ? usual : Math.max(usual, untilDue + 60));
}
