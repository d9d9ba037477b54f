import type { Attempt } from "./issuance-attempt.ts";
import type { IssuanceRecord, Reservation } from "./issuance-record.ts";
import type { IssuanceServices } from "./issuance-services.ts";
import { claimName, type ClaimOutcome, type NameClaim } from "./name-claim.ts";
import { unclaimedNode, type NodeRecord } from "./node-record.ts";
import { RefusalError } from "./refusal.ts";

/** What a claim that was not refused came to. */
export interface JudgedClaim {
  readonly asRead: NodeRecord;
  readonly outcome: Extract<ClaimOutcome, { readonly node: NodeRecord }>;
}

/** Asked before anything is written, so that a name somebody else has costs the token nothing. @throws RefusalError */
export async function judgeClaim(
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

export function nodeAsRead({ node, nodeName, parameters }: Attempt): NodeRecord {
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
