import type { TrustBundle } from "../authority/authority.ts";
import type { IssuanceRecord } from "../ledger/issuance-record.ts";
import { settleExpired, type NodeRecord } from "../ledger/node-record.ts";
import { RefusalError } from "../refusal.ts";

/** CAs that nobody trusts any more: what they signed is worthless, whatever its own record says. */
export function retiredIssuers({ authorities }: Pick<TrustBundle, "authorities">): ReadonlySet<string> {
  return new Set(
    authorities.filter(({ role, state }) => role === "issuing" && state === "retired").map(({ id }) => id),
  );
}

/** Whether a certificate is one of a CA that was retired. */
export function isStranded(record: IssuanceRecord | undefined, retired: ReadonlySet<string>): boolean {
  return record?.reservation !== undefined && retired.has(record.reservation.issuerId);
}

/**
 * A name whose latest certificates are all of retired CAs can neither renew nor recover, whatever an operator says.
 *
 * @param records of the slots, by name
 * @throws RefusalError `request_voided`
 */
export function assertNotStranded(
  nodes: readonly NodeRecord[],
  records: ReadonlyMap<string, IssuanceRecord>,
  retired: ReadonlySet<string>,
  now: Date,
): void {
  const latest = nodes.flatMap((node) => {
    const settled = settleExpired(node, node.candidate && records.get(node.candidate.intentName), now);
    const slot = settled.candidate ?? settled.anchor;
    return slot === undefined ? [] : [records.get(slot.intentName)];
  });
  const [first] = latest;
  if (first?.reservation === undefined || !latest.every((record) => isStranded(record, retired))) return;
  const { issuerId } = first.reservation;
  throw new RefusalError(
    "request_voided",
    `the CA ${issuerId} of ${first.nodeName} was retired: nothing renews or recovers its certificate; join it again with a new token, or if that was a mistake: nodeseal recovery admit --authority ${issuerId}`,
  );
}
