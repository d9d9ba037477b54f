import { decide } from "../policy/decision.ts";
import { answerFromRecord, answerOf, type IssuanceAnswer } from "./issuance-answer.ts";
import { isComplete, isDecidedByHand, type IssuanceRecord } from "../ledger/issuance-record.ts";
import { newRecord, readStored, type IssuanceRequest } from "./issuance-request.ts";
import type { IssuanceServices } from "../claim/issuance-services.ts";
import { nodeKey } from "../ledger/node-record.ts";
import { RefusalError } from "../refusal.ts";
import type { Attempt } from "../claim/issuance-attempt.ts";
import { noteObstacle } from "../claim/obstacle.ts";
import { assertClaimable, reserve } from "./reservation.ts";
import { isValidSignature } from "../keys/signature-algorithm.ts";
import { planUse, takeUse, type UsePlan } from "./token-use.ts";

/** As `runCycle`; why an approved request is not signed is noted on it. @throws RefusalError */
export async function issueCertificate(services: IssuanceServices, request: IssuanceRequest): Promise<IssuanceAnswer> {
  try {
    return await runCycle(services, request);
  } catch (error) {
    await noteObstacle(services, request.record, error);
    throw error;
  }
}

/**
 * The issuance cycle from decision to answer (docs/architecture.md, "Issuance cycle"): decide → reserve → sign → check →
 * complete. The order is the safety argument; each step says what a crash there leaves behind.
 *
 * @throws RefusalError when the request is not granted: nothing was signed for it
 */
async function runCycle(services: IssuanceServices, request: IssuanceRequest): Promise<IssuanceAnswer> {
  const { record, identity, directory } = request;
  const startedAt = services.clock();
  if (record !== undefined) {
    const answer = answerFromRecord(record, directory, startedAt);
    if (answer !== undefined) return answer;
  }

  // 1. Decide. Nothing is written yet: a request that is refused here costs the token nothing.
  const decision = decide(identity, request.csr, request.parameters, services.policy);
  if (decision.outcome === "deny") {
    throw new RefusalError(decision.code, decision.reason, { rule: decision.rule, field: decision.field });
  }
  if (decision.outcome === "pending" && request.isUnread === true) {
    const key = nodeKey(decision.name, request.parameters.signerName);
    return issueCertificate(services, await readStored(services, request, key));
  }
  const isPending = decision.outcome === "pending" && record?.decision?.outcome !== "Approved";
  const use = await planUse(services, { ...request, nodeName: decision.name, isPending });
  const attempt: Attempt = { ...request, grant: decision.grant, nodeName: decision.name, startedAt, use };
  if (isPending) {
    if (mayNeverBeSigned(request)) await assertClaimable(services, attempt);
    return recordPending(services, attempt);
  }

  // 2. Reserve. A crash from here on leaves an intent that only a retry with the same key can finish; a name it claimed
  //    is free again after a minute, and the token's use stays counted for this intent.
  const reserved = await reserve(services, attempt);
  const { reservation } = reserved;
  if (reservation === undefined) throw new Error(`the ledger kept no reservation for ${reserved.name}`);
  if (isComplete(reserved)) return answerOf(reserved, directory, false);
  services.audit({ event: "certificate_reserved", ...auditFields(reserved), attempts: reservation.attempts });

  // 3. Sign. A crash here leaves a signature nobody holds; the record counts the attempt, and the next one signs the
  //    same TBSCertificate again.
  const issuer = directory.byId(reservation.issuerId);
  const { octets: signature, requestId } = await services.signer.sign(
    issuer.keyArn,
    issuer.signatureAlgorithm,
    reservation.tbsCertificate,
  );

  // 4. Check our own work before anyone sees it.
  if (!isValidSignature(issuer.signatureAlgorithm, reservation.tbsCertificate, issuer.publicKey, signature)) {
    throw new Error(
      `the key ${issuer.keyArn} returned a signature over ${reservation.serialNumber} that does not verify with ${issuer.id}`,
    );
  }

  // 5. Complete. The first stored signature wins and only the stored one is released: one serial number, one certificate.
  //    A crash after this leaves a certificate on record that a retry is given.
  const completion = { signature, requestId, at: services.clock() };
  const wasDecided = record !== undefined && isDecidedByHand(record);
  const completed = await services.ledger.complete(reserved.name, completion, { wasDecided });
  // Voided or revoked since it was reserved: signed, on record, and released to nobody.
  const answer = answerFromRecord(completed, directory, startedAt);
  if (answer === undefined) throw new Error(`the ledger kept no signature for ${completed.name}`);
  services.audit({ event: "certificate_issued", ...auditFields(completed), attempts: reservation.attempts });
  return { ...answer, isNew: true };
}

/**
 * Nobody's desk is to fill with what could not be signed if it were approved: by a certificate that was revoked or replaced,
 * and costs no token. One that waits already is judged again only where time may have closed its window.
 */
function mayNeverBeSigned({ identity: { certificate }, record }: IssuanceRequest): boolean {
  return certificate !== undefined && (record === undefined || certificate.expiredAt !== undefined);
}

/**
 * A pending request costs a use of the token: one that allows N nodes must not fill the approver's desk. A crash after the
 * record leaves one whose use is counted when its owner asks again, or when it is signed.
 */
async function recordPending(services: IssuanceServices, attempt: Attempt): Promise<IssuanceAnswer> {
  const { record, directory, grant, nodeName, startedAt, use } = attempt;
  const stored =
    record ?? (await services.ledger.createPending(newRecord(services, attempt, grant, nodeName, startedAt)));
  // Somebody may have recorded it first: what was settled since needs no use.
  const settled = answerFromRecord(stored, directory, startedAt);
  if (settled !== undefined) return settled;
  await takeUseOrVoid(services, use, stored, startedAt);
  if (record !== undefined) return answerOf(record, directory, false);
  services.audit({ event: "request_pending", ...auditFields(stored), rule: grant.rule.name });
  return answerOf(stored, directory, true);
}

/** What waits without a use of its token would be signed for nobody. */
async function takeUseOrVoid(
  services: IssuanceServices,
  use: UsePlan | undefined,
  { name }: IssuanceRecord,
  now: Date,
): Promise<void> {
  try {
    await takeUse(services, use, now);
  } catch (error) {
    if (error instanceof RefusalError && error.code === "token_spent") await services.ledger.voidUnsigned(name, now);
    throw error;
  }
}

function auditFields(record: IssuanceRecord) {
  const { reservation, tokenId } = record;
  return {
    name: record.name,
    nodeName: record.nodeName,
    signerName: record.signerName,
    username: record.username,
    policyVersion: record.policyVersion,
    ...(tokenId === undefined ? {} : { tokenId }),
    ...(reservation === undefined
      ? {}
      : {
          serialNumber: reservation.serialNumber,
          issuerId: reservation.issuerId,
          notAfter: reservation.notAfter.toISOString(),
        }),
  };
}
