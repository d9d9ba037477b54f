import { NO_CSR, type IssuanceRecord } from "./issuance-record.ts";
import type { NodeRecord } from "./node-record.ts";
import type { IssuanceLedger } from "./issuance-ledger.ts";

/** Of an intent that was never recorded, so that it never will be. */
export interface VoidRecord extends IssuanceRecord {
  readonly voidedAt: Date;
}

/**
 * Makes an intent void whether or not its record is there yet: a claim on a name and the record beside it are written in
 * parallel, so what is displaced, released or revoked between the two would otherwise be recorded, and signed, after it was
 * put aside. A crash after any of the calls leaves nothing, or a void record.
 */
export async function voidIntent(
  ledger: IssuanceLedger,
  name: string,
  node: Pick<NodeRecord, "nodeName" | "signerName">,
  at: Date,
): Promise<void> {
  if (await ledger.void(name, at)) return;
  if (await ledger.createVoid(recordOfNobody(name, node, at))) return;
  // Its own record came first after all.
  await ledger.void(name, at);
}

const NIL_UUID = "00000000-0000-0000-0000-000000000000";

function recordOfNobody(
  name: string,
  { nodeName, signerName }: Pick<NodeRecord, "nodeName" | "signerName">,
  at: Date,
): VoidRecord {
  return {
    name,
    uid: NIL_UUID,
    createdAt: at,
    // Nobody's: no identity has an empty name, so it is nobody's own request either.
    username: "",
    groups: [],
    tokenId: undefined,
    signerName,
    usages: [],
    lifetimeSeconds: undefined,
    nodeName,
    csr: NO_CSR,
    policyVersion: "",
    voidedAt: at,
  };
}
