import type { CertificateGrant } from "./certificate-grant.ts";
import type { Reservation, IssuanceRecord } from "./issuance-record.ts";
import type { IssuanceServices } from "./issuance-services.ts";
import { answerFromRecord, requestVoided } from "./issuance-answer.ts";
import { newRecord, tokenSpent, type IssuanceRequest } from "./issuance-request.ts";
import { claimName, type ClaimOutcome, type NameClaim } from "./name-claim.ts";
import { nodeKey, unclaimedNode, type NodeRecord } from "./node-record.ts";
import { RefusalError } from "./refusal.ts";
import { buildEndEntityTbs } from "./tbs-certificate.ts";
import { lifetimeSecondsOf, validityOf } from "./validity.ts";

/** A granted request, under way in this function. */
export interface Attempt extends IssuanceRequest {
  readonly grant: CertificateGrant;
  readonly nodeName: string;
  readonly startedAt: Date;
}

/** API Gateway gives up after 30 s; an attempt that old must not write any more, or a lapsed claim would come alive. */
const ATTEMPT_SECONDS = 25;

/** How often a claim that lost a race is decided anew. */
const CLAIM_ROUNDS = 6;

/**
 * Writes the intent, the token's use and the claim on the name: three single-item conditional writes in parallel, each
 * idempotent by the intent's name, so that a crash between them leaves nothing a retry cannot finish. Then voids what the
 * claim displaced. All must have held in this very attempt before anything is signed.
 *
 * @returns the stored record: its TBSCertificate is the one to sign, which an earlier attempt may have built
 */
export async function reserve(services: IssuanceServices, attempt: Attempt): Promise<IssuanceRecord> {
  const record = withReservation(services, attempt);
  const reservation = record.reservation;
  const judged = await judgeClaim(services, attempt, reservation, nodeAsRead(attempt));
  const storing = services.ledger.reserve(record);
  const consuming = consumeUse(services, attempt);
  const others = async (): Promise<void> => {
    await consuming;
    answerFromRecord(await storing, attempt.directory, attempt.startedAt);
  };
  // All three are waited for even when one fails: in Lambda a promise left behind resumes in somebody else's request.
  const [stored, consumed, claimed] = await Promise.allSettled([
    storing,
    consuming,
    claim(services, attempt, reservation, judged, others),
  ]);
  if (consumed.status === "rejected") {
    if (claimed.status === "fulfilled" && isSpent(consumed.reason))
      await withdrawClaim(services, attempt, claimed.value);
    throw consumed.reason;
  }
  if (claimed.status === "rejected") throw claimed.reason;
  if (stored.status === "rejected") throw stored.reason;
  const answered = answerFromRecord(stored.value, attempt.directory, attempt.startedAt);
  if (answered !== undefined) return answered.record;
  if (stored.value.reservation === undefined) throw requestVoided("it could not be reserved");
  await countAttempt(services, stored.value.reservation, reservation, attempt);
  await finishClaim(services, attempt, claimed.value, stored.value.reservation);
  assertInTime(services, attempt);
  return stored.value;
}

/**
 * Whether the name can be claimed, by what was read: nothing is written.
 *
 * @throws RefusalError as `reserve` would
 */
export async function assertClaimable(services: IssuanceServices, attempt: Attempt): Promise<void> {
  const { reservation } = withReservation(services, attempt);
  await judgeClaim(services, attempt, reservation, nodeAsRead(attempt));
}

/** The record as it will be stored if nothing is reserved yet: the TBSCertificate is built here, once. */
function withReservation(services: IssuanceServices, attempt: Attempt): IssuanceRecord & { reservation: Reservation } {
  const { grant, csr, record, startedAt, directory, nodeName } = attempt;
  const base = record ?? newRecord(services, attempt, grant, nodeName, startedAt);
  if (record?.reservation !== undefined) return { ...record, reservation: record.reservation };
  const issuer = directory.active();
  const serialNumber = services.newSerialNumber();
  const validity = validityOf(startedAt, lifetimeSecondsOf(base.lifetimeSeconds, grant.rule), issuer);
  const tbsCertificate = buildEndEntityTbs(issuer, { ...grant, serialNumber, validity, spki: csr.spki });
  const approved = {
    outcome: "Approved",
    by: grant.rule.name,
    reason: "AutoApproved",
    message: "",
    at: startedAt,
  } as const;
  return {
    ...base,
    decision: base.decision ?? approved,
    reservation: { ...validity, serialNumber, tbsCertificate, issuerId: issuer.id, at: startedAt, attempts: 1 },
  };
}

async function consumeUse(services: IssuanceServices, { token, intentName, startedAt }: Attempt): Promise<void> {
  if (token?.maxUses === undefined || token.usedBy.has(intentName)) return;
  const outcome = await services.tokens.consume(token.tokenId, intentName, startedAt);
  if (outcome === "spent") throw tokenSpent(token.tokenId);
  if (outcome === "unusable") throw new RefusalError("invalid_token", "the bootstrap token is not valid");
}

/** What a claim that was not refused came to. */
interface JudgedClaim {
  readonly asRead: NodeRecord;
  readonly outcome: Extract<ClaimOutcome, { readonly node: NodeRecord }>;
}

/** Asked before anything is written, so that a name somebody else has costs the token nothing. @throws RefusalError */
async function judgeClaim(
  services: IssuanceServices,
  attempt: Attempt,
  { serialNumber, notAfter }: Reservation,
  asRead: NodeRecord,
): Promise<JudgedClaim> {
  const { identity, intentName, arrivedAt, token, isHolder } = attempt;
  const question: NameClaim = {
    intentName,
    serialNumber,
    notAfter,
    arrivedAt,
    // A holder presents another profile's certificate: no slot of this name can be it.
    kind: identity.certificate === undefined || isHolder === true ? "enrolment" : "renewal",
    tokenId: token?.tokenId,
    presentedSerialNumber: identity.certificate?.serialNumber,
    mayReplace: !services.policy.protectLiveNames || token?.allowReplace === true || isHolder === true,
    agent: attempt.parameters.agent,
  };
  const outcome = claimName(asRead, await candidateRecord(services, asRead, intentName), question, services.clock());
  if (outcome.outcome === "claim" || outcome.outcome === "held") return { asRead, outcome };
  throw refuseClaim(services, attempt, outcome);
}

async function claim(
  services: IssuanceServices,
  attempt: Attempt,
  reservation: Reservation,
  judged: JudgedClaim,
  others: () => Promise<void>,
): Promise<NodeRecord> {
  let { asRead, outcome } = judged;
  for (let round = 0; round < CLAIM_ROUNDS; round++) {
    if (outcome.outcome === "held") return outcome.node;
    // Somebody is put aside only when nothing else can refuse this attempt: whoever is put aside for nothing is stranded.
    if (outcome.node.toVoid.some((name) => !asRead.toVoid.includes(name))) await others();
    assertInTime(services, attempt);
    if (await services.nodes.write(outcome.node)) return { ...outcome.node, version: outcome.node.version + 1 };
    // Somebody else wrote first: what they left decides.
    const current = (await services.nodes.read(asRead.key)) ?? nodeAsRead({ ...attempt, node: undefined });
    ({ asRead, outcome } = await judgeClaim(services, attempt, reservation, current));
  }
  throw new RefusalError("request_in_progress", `the name ${attempt.nodeName} is contended`, { retryAfterSeconds: 2 });
}

function nodeAsRead({ node, nodeName, parameters }: Attempt): NodeRecord {
  return node ?? unclaimedNode(nodeName, parameters.signerName);
}

/** Read only where there is another's candidate: an ordinary first certificate or renewal has none. */
async function candidateRecord(
  services: IssuanceServices,
  { candidate }: NodeRecord,
  intentName: string,
): Promise<IssuanceRecord | undefined> {
  return candidate === undefined || candidate.intentName === intentName
    ? undefined
    : services.ledger.read(candidate.intentName);
}

function refuseClaim(
  services: IssuanceServices,
  { nodeName, identity }: Attempt,
  refused: { outcome: "busy"; retryAfterSeconds: number } | { outcome: "taken" | "superseded" | "revoked" },
): RefusalError {
  switch (refused.outcome) {
    case "busy":
      return new RefusalError("request_in_progress", `another request for the name ${nodeName} is under way`, {
        retryAfterSeconds: refused.retryAfterSeconds,
      });
    case "revoked":
      return new RefusalError(
        "certificate_revoked",
        `the node ${nodeName} has been revoked; an administrator must release its name`,
      );
    case "superseded":
      services.audit({
        event: "certificate_superseded_used",
        nodeName,
        username: identity.username,
        ...(identity.certificate === undefined ? {} : { serialNumber: identity.certificate.serialNumber }),
      });
      return new RefusalError(
        "certificate_superseded",
        "this certificate has been replaced by a newer one; if this node did not do that, somebody holds a copy of its key",
      );
    case "taken":
      return new RefusalError(
        "node_name_taken",
        `the name ${nodeName} is held by a live node with another key; release it (nodeseal node release ${nodeName}) or use a token that allows replacement`,
        { field: "subject.commonName" },
      );
  }
}

/** An earlier attempt reserved first: its TBSCertificate is signed again, and the record says so. */
async function countAttempt(
  services: IssuanceServices,
  stored: Reservation,
  own: Reservation,
  { record, intentName }: Attempt,
): Promise<void> {
  const isOwn = stored.serialNumber === own.serialNumber && record?.reservation === undefined;
  if (!isOwn) await services.ledger.countAttempt(intentName);
}

/**
 * Makes the claim final: what it displaced becomes void before the newer one is signed, and the slot names the serial
 * number that was in fact reserved. A crash in between leaves the list on the node, and whoever claims next voids it.
 */
async function finishClaim(
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
  await Promise.all(node.toVoid.map((name) => services.ledger.void(name, services.clock())));
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
async function withdrawClaim(services: IssuanceServices, { intentName }: Attempt, claimed: NodeRecord): Promise<void> {
  if (claimed.candidate?.intentName !== intentName) return;
  await services.nodes.write({ ...claimed, candidate: undefined });
}

function isSpent(reason: unknown): boolean {
  return reason instanceof RefusalError && reason.code === "token_spent";
}

function assertInTime(services: IssuanceServices, { startedAt, nodeName }: Attempt): void {
  if (services.clock().getTime() - startedAt.getTime() > ATTEMPT_SECONDS * 1000) {
    throw new Error(
      `the attempt for ${nodeName} took over ${ATTEMPT_SECONDS} s and was given up before it wrote any more`,
    );
  }
}
