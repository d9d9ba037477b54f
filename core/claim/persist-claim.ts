import type { IssuanceAnswer } from "../issuance/issuance-answer.ts";
import { enterOnRecord, reportAdmission } from "../admission/admit-unknown.ts";
import { assertInTime, type Attempt } from "./issuance-attempt.ts";
import type { Reservation } from "../ledger/issuance-record.ts";
import type { IssuanceServices } from "./issuance-services.ts";
import { evaluateClaim, nodeAsRead, type EvaluatedClaim } from "./evaluate-claim.ts";
import { giveBackUses } from "./give-back.ts";
import { nodeKey, type NodeRecord } from "../ledger/node-record.ts";
import { RefusalError } from "../refusal.ts";
import { voidIntent } from "../ledger/void-intent.ts";

/** How often a claim that lost a race is decided anew. */
const CLAIM_ATTEMPTS = 6;

/**
 * Writes the claim that was judged; whoever loses a race for the name is judged again by what the winner left.
 *
 * @param others resolves when nothing but the claim can refuse the attempt any more
 * @returns the node as this attempt left or found it: the name is this intent's
 * @throws RefusalError
 */
export async function persistClaim(
  services: IssuanceServices,
  attempt: Attempt,
  reservation: Reservation,
  judged: EvaluatedClaim,
  others: () => Promise<unknown>,
): Promise<NodeRecord> {
  let { asRead, outcome, admission } = judged;
  for (let round = 0; round < CLAIM_ATTEMPTS; round++) {
    if (outcome.outcome === "held") return outcome.node;
    // Somebody is put aside only when nothing else can refuse this attempt: whoever is put aside for nothing is stranded.
    if (outcome.node.toVoid.some((name) => !asRead.toVoid.includes(name))) await others();
    assertInTime(services, attempt);
    // A crash after this leaves a certificate on record that its name does not hold: the next renewal admits it.
    if (admission !== undefined) await enterOnRecord(services, admission);
    if (await services.nodes.write(outcome.node)) {
      if (admission !== undefined) reportAdmission(services, admission);
      reportAdmitted(services, attempt);
      return { ...outcome.node, version: outcome.node.version + 1 };
    }
    // Somebody else wrote first: what they left decides.
    const current = (await services.nodes.read(asRead.key)) ?? nodeAsRead({ ...attempt, node: undefined });
    ({ asRead, outcome, admission } = await evaluateClaim(services, attempt, reservation, current));
  }
  throw new RefusalError("request_in_progress", `the name ${attempt.nodeName} is contended`, { retryAfterSeconds: 2 });
}

/** Of a certificate of a retired CA, which is on record already. */
function reportAdmitted(
  { audit }: Pick<IssuanceServices, "audit">,
  { identity, parameters, nodeName, intentName }: Attempt,
) {
  const { admittedBy, signed, serialNumber } = identity.certificate ?? {};
  if (admittedBy === undefined || signed === undefined || serialNumber === undefined) return;
  const { issuerId, certificate } = signed;
  const of = { name: intentName, nodeName, username: identity.username, signerName: parameters.signerName };
  audit({ event: "certificate_admitted", ...of, serialNumber, issuerId, notAfter: certificate.notAfter.toISOString() });
}

/**
 * The claim of a plain renewal: one write, by the holder of the anchor. Whatever else it meets is judged as every claim is,
 * by what that write found.
 *
 * @param others as for `persistClaim`; resolves to the answer when the intent turns out to have one
 * @returns undefined when the intent is answered already: then nothing is claimed
 * @throws RefusalError
 */
export async function succeedOrPersist(
  services: IssuanceServices,
  attempt: Attempt,
  reservation: Reservation,
  others: () => Promise<IssuanceAnswer | undefined>,
): Promise<NodeRecord | undefined> {
  const { nodeName, parameters, identity, intentName } = attempt;
  if (identity.certificate === undefined) throw new Error("a plain renewal presents a certificate");
  const { serialNumber, notAfter } = reservation;
  const { isApplied, node } = await services.nodes.succeed({
    key: nodeKey(nodeName, parameters.signerName),
    presentedSerialNumber: identity.certificate.serialNumber,
    candidate: {
      intentName,
      serialNumber,
      notAfter,
      at: services.clock(),
      kind: "renewal",
      tokenId: undefined,
      isRevoked: false,
    },
    agent: parameters.agent,
  });
  if (isApplied && node !== undefined) return node;
  // A retry of what was answered has its answer, whoever has the name by now: asked first, and it takes no longer.
  if ((await others()) !== undefined) return undefined;
  const judged = await evaluateClaim(services, attempt, reservation, nodeAsRead({ ...attempt, node }));
  return persistClaim(services, attempt, reservation, judged, others);
}

/**
 * Makes the claim final: what it displaced becomes void before the newer one is signed, and the slot names the serial
 * number that was in fact reserved. A crash in between leaves the list on the node, and whoever claims next voids it.
 */
export async function finishClaim(
  services: IssuanceServices,
  attempt: Attempt,
  node: NodeRecord,
  { serialNumber, notAfter }: Reservation,
): Promise<void> {
  const { candidate } = node;
  if (candidate?.intentName !== attempt.intentName) {
    assertHeldAsAnchor(node, attempt);
    return;
  }
  if (node.toVoid.length === 0 && candidate.serialNumber === serialNumber) return;
  assertInTime(services, attempt);
  await Promise.all(node.toVoid.map((name) => voidIntent(services.ledger, name, node, services.clock())));
  await giveBackUses(services, node.toVoid);
  assertInTime(services, attempt);
  const isWritten = await services.nodes.write({
    ...node,
    toVoid: [],
    candidate: { ...candidate, serialNumber, notAfter },
  });
  if (isWritten) return;
  const current = await services.nodes.read(nodeKey(node.nodeName, node.signerName));
  const isSettled =
    current?.candidate?.intentName === attempt.intentName && current.candidate.serialNumber === serialNumber;
  if (!isSettled || current.toVoid.length > 0) {
    throw new RefusalError("request_in_progress", `the name ${attempt.nodeName} is contended`, {
      retryAfterSeconds: 2,
    });
  }
}

function assertHeldAsAnchor({ anchor }: NodeRecord, { intentName, nodeName }: Attempt): void {
  if (anchor?.intentName !== intentName)
    throw new Error(`the name ${nodeName} was claimed for no slot of ${intentName}`);
}

/**
 * A token that had no room will never have room for this intent, so no attempt of it can be signing: the name it
 * claimed need not wait until the claim lapses. Best effort: if somebody else wrote since, it is theirs to decide.
 */
export async function withdrawClaim(
  services: IssuanceServices,
  attempt: Attempt,
  claimed: NodeRecord | undefined,
): Promise<void> {
  if (claimed?.candidate?.intentName !== attempt.intentName) return;
  // A released name stays a released one: who asks what became of it is told so.
  const { releasedAt } = nodeAsRead(attempt);
  const isAsRead = claimed.version === nodeAsRead(attempt).version + 1;
  await services.nodes.write({ ...claimed, candidate: undefined, ...(isAsRead ? { releasedAt } : {}) });
}
