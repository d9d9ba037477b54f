import { giveBackUse } from "../claim/give-back.ts";
import { gradingPauses } from "../issuance/busy-pause.ts";
import type { CertificateGrant } from "../policy/certificate-grant.ts";
import { decide, requestedName } from "../policy/decision.ts";
import { assertCurrentNode, isServingRequest } from "../claim/current-node.ts";
import { readHolders } from "../ledger/client-names.ts";
import { nodeKeyOf } from "../issuance/enrol.ts";
import type { IssuanceRecord, ObjectMetadata } from "../ledger/issuance-record.ts";
import { issueCertificate } from "../issuance/issue-certificate.ts";
import { newRecord, type IssuanceRequest } from "../issuance/issuance-request.ts";
import type { IssuanceServices } from "../claim/issuance-services.ts";
import type { ObjectLedger } from "../ledger/object-ledger.ts";
import { profileOf } from "../certificate/profile.ts";
import { RefusalError } from "../refusal.ts";
import { reportingDenials } from "../issuance/report-denial.ts";
import { generatedName, successorName } from "../ledger/request-name.ts";
import { conditionsOf, hasCertificate } from "./conditions.ts";
import { isRequester } from "./requester.ts";
import { vanishesAt } from "./retention.ts";
import { assertClaimable } from "../issuance/reservation.ts";
import { planUse } from "../issuance/token-use.ts";

export interface ObjectServices extends IssuanceServices {
  readonly objects: ObjectLedger;
}

/** A request that is to be an object with a name of its own, before it is anything else. */
export interface RequestCreation extends Omit<IssuanceRequest, "intentName" | "record" | "node"> {
  /** An exact name, or what a generated one begins with. */
  readonly name: { readonly exact: string } | { readonly prefix: string };
  readonly metadata: ObjectMetadata | undefined;
  /** Everything is judged and nothing written. */
  readonly isDryRun: boolean;
}

export type CreationOutcome =
  | { readonly outcome: "created"; readonly record: IssuanceRecord }
  /** There is such an object; whose, is not said. */
  | { readonly outcome: "exists"; readonly name: string };

const GENERATED_NAME_TRIES = 5;

/**
 * Creates a request under a name the client chose, then issues as for every other request. The object is written before
 * the cycle begins, and only who wrote it goes on: two clients that choose one name can never share a record, whose name
 * is the intent's in every claim. A crash after that leaves an approved request, which its owner's next look finishes.
 *
 * @throws RefusalError when the request is denied, or cannot be granted now: nothing is left of it
 */
export async function createRequest(services: ObjectServices, creation: RequestCreation): Promise<CreationOutcome> {
  // By the name that is asked for: a fleet may share a token. Short: one attempt of a kubelet is a quarter of an hour.
  const caller = { key: requestedNameOf(creation) ?? creation.identity.username, remainingSeconds: undefined };
  return reportingDenials(services, creation, () => gradingPauses(caller, () => judgeAndCreate(services, creation)));
}

async function judgeAndCreate(services: ObjectServices, creation: RequestCreation): Promise<CreationOutcome> {
  const { identity, csr, parameters } = creation;
  const key = nodeKeyOf(csr, parameters.signerName);
  const isHolder = isServingRequest(identity, parameters.signerName, requestedNameOf(creation));
  const [holders, slot] = await Promise.all([
    readHolders(services.nodes, key),
    freeName(services, creation),
    isHolder ? assertCurrentNode(services, identity) : undefined,
  ]);
  if (slot.isTaken && slot.isOwn === true) return { outcome: "exists", name: slot.name };
  const request: IssuanceRequest = { ...creation, intentName: slot.name, record: undefined, ...holders, isHolder };
  const record = await judge(services, request, creation.metadata);
  // That another has the name is learnt by who could have it, and by nobody else.
  if (slot.isTaken) return { outcome: "exists", name: slot.name };
  if (creation.isDryRun) return { outcome: "created", record };
  if (slot.previous !== undefined && !(await succeed(services, slot.previous, slot.name)))
    return { outcome: "exists", name: slot.previous.name };
  const stored = await services.ledger.createPending(record);
  if (stored.uid !== record.uid) return { outcome: "exists", name: slot.name };
  return { outcome: "created", record: await issueOrLeave(services, { ...request, record: stored }, stored) };
}

function requestedNameOf({ csr, parameters }: RequestCreation): string | undefined {
  const profile = profileOf(parameters.signerName);
  return profile && requestedName(csr, profile).name;
}

/** The record as it would be made. @throws RefusalError */
async function judge(
  services: IssuanceServices,
  request: IssuanceRequest,
  metadata: ObjectMetadata | undefined,
): Promise<IssuanceRecord> {
  const now = services.clock();
  const decision = decide(request.identity, request.csr, request.parameters, services.policy);
  if (decision.outcome === "deny") {
    throw new RefusalError(decision.code, decision.reason, { rule: decision.rule, field: decision.field });
  }
  const isPending = decision.outcome === "pending";
  const use = await planUse(services, { ...request, nodeName: decision.name, isPending });
  const record = newRecord(services, request, decision.grant, decision.name, now);
  const described = metadata === undefined ? record : { ...record, metadata };
  // A token's request may wait for the name to be free; whoever shows a certificate that may ask no more only fills a desk.
  if (!isPending || request.identity.certificate !== undefined)
    await assertClaimable(services, {
      ...request,
      grant: decision.grant,
      nodeName: decision.name,
      startedAt: now,
      use,
    });
  return isPending ? described : { ...described, decision: approval(decision.grant, now) };
}

function approval({ rule }: CertificateGrant, at: Date): NonNullable<IssuanceRecord["decision"]> {
  return { outcome: "Approved", by: rule.name, reason: "AutoApproved", message: "", at };
}

interface Slot {
  readonly name: string;
  readonly isTaken: boolean;
  /** Whether the requester itself has it: a restarted kubelet then looks for its own object, whatever it may still ask. */
  readonly isOwn?: boolean;
  /** The record that had the name, whose object is gone. */
  readonly previous?: { readonly name: string; readonly successor: string | undefined };
}

async function freeName(services: ObjectServices, creation: RequestCreation): Promise<Slot> {
  if ("exact" in creation.name) return slotOf(services, creation.name.exact, creation);
  for (let attempt = 0; attempt < GENERATED_NAME_TRIES; attempt++) {
    const name = generatedName(creation.name.prefix);
    if ((await services.ledger.read(name)) === undefined) return { name, isTaken: false };
  }
  throw new Error(`${GENERATED_NAME_TRIES} generated names in a row were taken`);
}

async function slotOf(services: ObjectServices, name: string, creation: RequestCreation): Promise<Slot> {
  const first = await services.ledger.read(name);
  if (first === undefined) return { name, isTaken: false };
  const current = first.successor === undefined ? first : await services.ledger.read(first.successor);
  // A crash between the two writes of a succession leaves a pointer to nothing: the name is free.
  if (current !== undefined && isInTheWay(services, current, creation))
    return { name, isTaken: true, isOwn: isRequester(creation.identity, current) };
  return {
    name: successorName(name),
    isTaken: false,
    previous: { name, successor: first.successor },
  };
}

/** An object in sight, or one whose owner still holds the key: it is told to fetch its certificate, not given a second. */
function isInTheWay(services: IssuanceServices, current: IssuanceRecord, { identity, csr }: RequestCreation): boolean {
  const now = services.clock();
  if (isInSight(services, current, now)) return true;
  return (
    isRequester(identity, current) && isFindableByOwner(current, now) && Buffer.compare(current.csr, csr.der) === 0
  );
}

export function isInSight({ policy }: Pick<IssuanceServices, "policy">, record: IssuanceRecord, now: Date): boolean {
  return now.getTime() < vanishesAt(record, conditionsOf(record, policy)).getTime();
}

/** A kubelet that was down for an hour between the answer and its disk still finds what it asked for (K7.2). */
export function isFindableByOwner(record: IssuanceRecord, now: Date): boolean {
  return (
    record.removedAt === undefined &&
    hasCertificate(record) &&
    record.reservation !== undefined &&
    now.getTime() <= record.reservation.notAfter.getTime()
  );
}

async function succeed(
  { objects, clock }: ObjectServices,
  { name, successor }: NonNullable<Slot["previous"]>,
  next: string,
): Promise<boolean> {
  return objects.succeed(name, next, successor, clock());
}

/**
 * Goes on to a certificate. What time mends leaves the object as it is: its owner's next look goes on from there. What
 * time does not mend takes the object back, so that its name is free and nothing is left to be approved.
 */
async function issueOrLeave(
  services: ObjectServices,
  request: IssuanceRequest,
  stored: IssuanceRecord,
): Promise<IssuanceRecord> {
  try {
    return (await issueCertificate(services, request)).record;
  } catch (error) {
    if (!(error instanceof RefusalError)) throw error;
    if (isTransient(error)) {
      // The client only waits; that the signer or the tables are busy is counted all the same.
      services.audit({ event: "request_refused", refusalCode: error.code });
      const latest = await services.ledger.read(stored.name);
      if (latest !== undefined) return latest;
    }
    const now = services.clock();
    const left = await services.objects.abandon(stored.name, now);
    // Its owner's look went on meanwhile and came to a certificate: this attempt's refusal is no longer true of it.
    if (left !== undefined && hasCertificate(left)) return left;
    if (left !== undefined) await giveBackUse(services.tokens, left);
    await services.objects.remove(stored.name, now);
    throw error;
  }
}

/** Refusals that the same request may outlive. */
export function isTransient({ code }: RefusalError): boolean {
  return code === "request_in_progress" || code === "signer_busy" || code === "rate_limited";
}
