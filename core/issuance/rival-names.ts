import type { Attempt } from "../claim/issuance-attempt.ts";
import type { IssuanceServices } from "../claim/issuance-services.ts";
import { isOwnName, mayReplace } from "../claim/evaluate-claim.ts";
import type { ClaimReading } from "../claim/judge-claim.ts";
import { isOfKey } from "../claim/same-key.ts";
import { isComplete } from "../ledger/issuance-record.ts";
import { LAPSE_SECONDS, secondsSince, settle, type NodeRecord, type NodeSlot } from "../ledger/node-record.ts";
import { RefusalError } from "../refusal.ts";

/**
 * A client's name is not given to a second key by way of another signer. Asked of first certificates only: what was given
 * before this was a rule goes on being renewed.
 *
 * @throws RefusalError `node_name_taken`
 */
export async function assertNoRival(services: IssuanceServices, attempt: Attempt): Promise<void> {
  const { rivals = [], identity, nodeName, csr } = attempt;
  if (identity.certificate !== undefined || mayReplace(services, attempt)) return;
  for (const rival of rivals) {
    if (isOwnName(identity, rival)) continue;
    if (!(await isHeldByAnother(services, rival, csr.spki))) continue;
    const { signerName } = rival;
    throw new RefusalError(
      "node_name_taken",
      `the name ${nodeName} is held by a live certificate of ${signerName} with another key; release it (nodeseal node release ${nodeName} --signer ${signerName}) or use a token that allows replacement`,
      { field: "subject.commonName" },
    );
  }
}

/** Whether a live certificate with another key holds a name by this signer, or is being made. */
export async function isHeldByAnother(
  { ledger, clock }: ClaimReading,
  rival: NodeRecord,
  spki: Uint8Array,
): Promise<boolean> {
  const now = clock();
  if (rival.revocation !== undefined) return false;
  const recordOf = async (slot: NodeSlot | undefined) =>
    slot === undefined ? undefined : ledger.read(slot.intentName);
  const [ofCandidate, ofAnchor] = await Promise.all([recordOf(rival.candidate), recordOf(rival.anchor)]);
  const { anchor, candidate } = settle(rival, ofCandidate, now);
  const isInFlight = candidate !== undefined && secondsSince(candidate.at, now) < LAPSE_SECONDS;
  const held = [
    ...(anchor === undefined ? [] : [anchor.intentName === rival.candidate?.intentName ? ofCandidate : ofAnchor]),
    ...(isInFlight || (candidate !== undefined && isComplete(ofCandidate)) ? [ofCandidate] : []),
  ];
  return held.some((record) => !isOfKey(record, spki));
}
