import { giveBackUse } from "../claim/give-back.ts";
import type { Audit } from "../audit/audit-event.ts";
import { stateOf, type IssuanceRecord } from "../ledger/issuance-record.ts";
import type { IssuanceLedger } from "../ledger/issuance-ledger.ts";
import { RefusalError } from "../refusal.ts";
import type { TokenStore } from "../token/token-store.ts";
import { isRequestName } from "../ledger/request-name.ts";

export interface RequestDecision {
  readonly outcome: "Approved" | "Denied";
  readonly by: string;
  readonly reason: string;
  readonly message: string;
}

export interface ApprovalServices {
  readonly tokens: Pick<TokenStore, "giveBack">;
  readonly ledger: IssuanceLedger;
  readonly clock: () => Date;
  readonly audit: Audit;
}

/**
 * An operator's override on a request that waits. An approved one is signed when the node next asks: whoever may approve
 * cannot sign. One that is denied gives its token the use back: a crash before that is mended by saying it again. Saying the
 * same twice is no error; a decision is never changed.
 *
 * @throws RefusalError `not_found`, `already_decided`
 */
export async function decideRequest(
  { ledger, tokens, clock, audit }: ApprovalServices,
  name: string,
  decision: RequestDecision,
): Promise<IssuanceRecord> {
  const stored = isRequestName(name) ? await ledger.decide(name, { ...decision, at: clock() }) : undefined;
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
