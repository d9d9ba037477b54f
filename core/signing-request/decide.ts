import { giveBackUse } from "../claim/give-back.ts";
import type { Audit } from "../audit/audit-event.ts";
import { isApprovedUnsigned, stateOf, type IssuanceRecord } from "../ledger/issuance-record.ts";
import type { IssuanceLedger } from "../ledger/issuance-ledger.ts";
import { RefusalError } from "../refusal.ts";
import { assertMayReplace } from "../token/token-ceilings.ts";
import type { TokenStore } from "../token/token-store.ts";
import { faultOfApproval, type ApprovalReading } from "./approval.ts";
import { isRequestName } from "../ledger/request-name.ts";

export interface RequestDecision {
  readonly outcome: "Approved" | "Denied";
  readonly by: string;
  readonly reason: string;
  readonly message: string;
  /** Of an approval: an operator's override that it may take its name from a live certificate with another key. */
  readonly mayReplace?: boolean;
}

export interface ApprovalServices extends Omit<ApprovalReading, "tokens" | "ledger"> {
  readonly tokens: Pick<TokenStore, "giveBack" | "read">;
  readonly ledger: IssuanceLedger;
  readonly audit: Audit;
}

/**
 * An operator's override on a request that waits. An approved one is signed when the node next asks: whoever may approve
 * cannot sign. What could not be signed is not approved, but refused with the reason. One that is denied gives its token
 * the use back: a crash before that is mended by saying it again. Saying the same twice is no error; a decision is never
 * changed, but that an approval may be said again with the override it lacked.
 *
 * @throws RefusalError `not_found`, `already_decided`, `denied_by_policy` when it may not say the override, and what a request for its certificate would be refused with
 */
export async function decideRequest(
  services: ApprovalServices,
  name: string,
  decision: RequestDecision,
): Promise<IssuanceRecord> {
  const { ledger, tokens, clock, audit } = services;
  const known = isRequestName(name) ? await ledger.read(name) : undefined;
  if (known !== undefined && decision.outcome === "Approved" && isOpen(known)) {
    if (decision.mayReplace === true) assertMayReplace(services.policy.tokens ?? {}, decision.by, "replace");
    const isOverride = decision.mayReplace === true || known.decision?.mayReplace === true;
    const fault = await faultOfApproval(services, known, isOverride);
    if (fault !== undefined) throw fault;
  }
  const stored = known === undefined ? undefined : await ledger.decide(name, { ...decision, at: clock() });
  if (stored === undefined)
    throw new RefusalError("not_found", `there is no request named ${JSON.stringify(name)}`, { field: "name" });
  if (stored.decision?.outcome !== decision.outcome) {
    throw new RefusalError("already_decided", `the request is ${stateOf(stored)}; a decision is never changed`, {
      field: "decision",
    });
  }
  await giveBackUse(tokens, stored);
  audit({ event: "request_decided", name, nodeName: stored.nodeName, username: decision.by, reason: decision.outcome });
  return stored;
}

/** Nobody has decided, or it is approved and not signed. */
function isOpen(record: IssuanceRecord): boolean {
  const { decision, voidedAt, revocation, completion } = record;
  const isPending = [decision, voidedAt, revocation, completion].every((member) => member === undefined);
  return isPending || isApprovedUnsigned(record);
}
