import type { Admission } from "../admission/admit-unknown.ts";
import { admitUnknown } from "../admission/judge-presented.ts";
import type { Attempt } from "./issuance-attempt.ts";
import type { Reservation } from "../ledger/issuance-record.ts";
import type { IssuanceServices } from "./issuance-services.ts";
import { judgeClaim } from "./judge-claim.ts";
import { claimName, type ClaimOutcome, type NameClaim } from "./name-claim.ts";
import { isHeld, unclaimedNode, type NodeRecord } from "../ledger/node-record.ts";
import { KUBELET_CLIENT_SIGNER } from "../certificate/profile.ts";
import type { RecoveryQuestion } from "./recovery.ts";
import { RefusalError } from "../refusal.ts";
import type { Identity } from "../token/identity.ts";
import { reportSupersededUse } from "./superseded-use.ts";

/** What a claim that was not refused came to. */
export interface EvaluatedClaim {
  readonly asRead: NodeRecord;
  readonly outcome: Extract<ClaimOutcome, { readonly node: NodeRecord }>;
  /** What must be on record before the claim is written. */
  readonly admission?: Admission | undefined;
}

/** Asked before anything is written, so that a name somebody else has costs the token nothing. @throws RefusalError */
export async function evaluateClaim(
  services: IssuanceServices,
  attempt: Attempt,
  { serialNumber, notAfter }: Reservation,
  asRead: NodeRecord,
): Promise<EvaluatedClaim> {
  const { identity, intentName, arrivedAt, token, isHolder } = attempt;
  const kind = claimKindOf(attempt);
  const question: NameClaim = {
    intentName,
    serialNumber,
    notAfter,
    arrivedAt,
    kind,
    tokenId: token?.tokenId,
    presentedSerialNumber: identity.certificate?.serialNumber,
    mayReplace: mayReplace(services, attempt) || isHolder === true || isOwnName(attempt.identity, asRead),
    agent: attempt.parameters.agent,
    recovery: recoveryQuestion(attempt),
    principal: identity.attested === undefined ? undefined : identity.username,
  };
  const { outcome, candidate: record } = await judgeClaim(services, asRead, question, attempt.csr.spki);
  if (outcome.outcome === "claim")
    return { asRead, outcome: { ...outcome, node: noted(attempt, outcome.node, services) } };
  if (outcome.outcome === "held") return { asRead, outcome };
  const admission =
    outcome.outcome === "superseded" ? await admitUnknown(services, attempt, asRead, record) : undefined;
  if (admission !== undefined) {
    const admitted = claimName(admission.node, record, question, services.clock());
    if (admitted.outcome === "claim" || admitted.outcome === "held") return { asRead, outcome: admitted, admission };
    throw refuseClaim(attempt, admitted);
  }
  if (kind === "renewal" && !isHeld(asRead)) throw nothingToRenew(attempt);
  // Nobody replaced it: an operator released the name, and its agent does not know yet.
  if (outcome.outcome === "superseded" && isReleased(asRead)) throw released(attempt);
  if (outcome.outcome === "superseded") await reportSuperseded(services, attempt, asRead);
  throw refuseClaim(attempt, outcome);
}

/** Whether a live holder may be displaced: by policy, by the token, or by who approved the request. */
export function mayReplace(
  { policy }: Pick<IssuanceServices, "policy">,
  { token, record }: Pick<Attempt, "token" | "record">,
): boolean {
  return !policy.protectLiveNames || token?.allowReplace === true || record?.decision?.mayReplace === true;
}

/** Whether a rule lets this principal take the name from itself: an instance that was set up anew. */
export function isOwnName({ attested, username }: Identity, node: NodeRecord): boolean {
  return attested?.mayReplaceOwn === true && node.principal === username;
}

/** On the name's record, in the write that claims it: that its certificate of a retired CA was admitted. */
function noted(
  { identity: { certificate } }: Attempt,
  node: NodeRecord,
  { clock }: Pick<IssuanceServices, "clock">,
): NodeRecord {
  if (certificate?.admittedBy === undefined) return node;
  return { ...node, admission: { serialNumber: certificate.serialNumber, at: clock(), by: certificate.admittedBy } };
}

/** Of a request by an expired certificate: the rule that grants it says within what limits. */
function recoveryQuestion({ identity, grant }: Attempt): RecoveryQuestion | undefined {
  const expiredAt = identity.certificate?.expiredAt;
  if (expiredAt === undefined) return undefined;
  const { recoverySeconds, recoveries } = grant.rule;
  return { expiredAt, recoverySeconds, recoveries };
}

async function reportSuperseded(
  services: IssuanceServices,
  { nodeName, identity: { username, certificate } }: Attempt,
  node: NodeRecord,
): Promise<void> {
  if (certificate === undefined) throw new Error("a request without a certificate cannot be superseded");
  await reportSupersededUse(services, node, { nodeName, username, serialNumber: certificate.serialNumber });
}

/** A holder presents another profile's certificate: no slot of this name can be it. */
function claimKindOf({ identity, isHolder }: Attempt): NameClaim["kind"] {
  return identity.certificate === undefined || isHolder === true ? "enrolment" : "renewal";
}

function isReleased({ releasedAt, anchor, candidate }: NodeRecord): boolean {
  return releasedAt !== undefined && anchor === undefined && candidate === undefined;
}

function released({ nodeName }: Attempt): RefusalError {
  return new RefusalError(
    "certificate_superseded",
    `the name ${nodeName} was released by an operator, and its certificate with it; join again with a new token`,
  );
}

function nothingToRenew({ parameters }: Attempt): RefusalError {
  return new RefusalError(
    "denied_by_policy",
    `no certificate of ${parameters.signerName} was ever issued for this name: there is nothing to renew`,
    { field: "signerName" },
  );
}

export function nodeAsRead({ node, nodeName, parameters }: Attempt): NodeRecord {
  return node ?? unclaimedNode(nodeName, parameters.signerName);
}

function refuseClaim(
  { nodeName, grant, parameters }: Attempt,
  refused: Exclude<ClaimOutcome, { readonly node: NodeRecord }>,
): RefusalError {
  switch (refused.outcome) {
    case "busy":
      return new RefusalError("request_in_progress", `another request for the name ${nodeName} is under way`, {
        retryAfterSeconds: refused.retryAfterSeconds,
      });
    case "early":
      return new RefusalError("rate_limited", tooEarly(nodeName, refused.after), {
        retryAfterSeconds: refused.retryAfterSeconds,
      });
    case "expired":
      return new RefusalError(
        "certificate_expired",
        `the certificate has expired: ${refused.why}; an administrator can let it recover (nodeseal node allow-recovery ${nodeName})`,
        { rule: grant.rule.name },
      );
    case "revoked":
      return new RefusalError(
        "certificate_revoked",
        `the node ${nodeName} has been revoked; an administrator must release its name`,
      );
    case "superseded":
      return new RefusalError(
        "certificate_superseded",
        "this certificate has been replaced by a newer one; if this node did not do that, somebody holds a copy of its key",
      );
    case "taken":
      return new RefusalError(
        "node_name_taken",
        `the name ${nodeName} is held by a live node with another key; release it (nodeseal node release ${nodeName}${signerOption(parameters.signerName)}) or use a token that allows replacement`,
        { field: "subject.commonName" },
      );
  }
}

function tooEarly(nodeName: string, after: "recovery" | "displacement"): string {
  return after === "recovery"
    ? `the node ${nodeName} recovered a moment ago`
    : `the node ${nodeName} had an unconfirmed certificate replaced a moment ago; ask again later, or confirm the certificate it has`;
}

/** A release of the whole name would end what the machine has of other signers too. */
function signerOption(signerName: string): string {
  return signerName === KUBELET_CLIENT_SIGNER ? "" : ` --signer ${signerName}`;
}
