import assert from "node:assert/strict";
import { claimName, type ClaimOutcome, type NameClaim } from "../../core/claim/name-claim.ts";
import type { IssuanceRecord } from "../../core/ledger/issuance-record.ts";
import type { NodeRecord } from "../../core/ledger/node-record.ts";
import { NOW } from "./authorities.ts";
import { secondsAgo, serialOf } from "./name-slots.ts";

/** A row of the tables of who may have a name. */
export interface ClaimRow {
  readonly why: string;
  readonly stored: NodeRecord;
  /** The candidate's. */
  readonly record?: IssuanceRecord;
  readonly claim: NameClaim;
  readonly expect: ClaimOutcome["outcome"];
  /** For a claim: the intents in the slots, and what is displaced. */
  readonly anchor?: string;
  readonly toVoid?: readonly string[];
}

/** A new key's request by the token `abcdef`, arrived just now. */
export function enrolment(changes: Partial<NameClaim> = {}): NameClaim {
  return {
    intentName: "new",
    serialNumber: serialOf("new"),
    notAfter: secondsAgo(-3600),
    kind: "enrolment",
    tokenId: "abcdef",
    presentedSerialNumber: undefined,
    arrivedAt: secondsAgo(1),
    mayReplace: false,
    ...changes,
  };
}

/** A renewal with the certificate of the intent `presented`. */
export function renewal(presented: string, changes: Partial<NameClaim> = {}): NameClaim {
  return enrolment({ kind: "renewal", tokenId: undefined, presentedSerialNumber: serialOf(presented), ...changes });
}

export function evaluateClaim(row: ClaimRow): void {
  const { stored, record, claim, expect } = row;
  const before = structuredClone(stored);
  const result = claimName(stored, record, claim, NOW);
  assert.equal(result.outcome, expect);
  assert.deepEqual(stored, before, "the stored node is read, never changed");
  if (result.outcome !== "claim") return;
  assert.equal(result.node.anchor?.intentName, row.anchor);
  assert.equal(result.node.candidate?.intentName, claim.intentName);
  assert.deepEqual(result.node.candidate.at, NOW);
  assert.deepEqual(result.node.toVoid, row.toVoid ?? []);
  assert.equal(result.node.version, stored.version, "the write is conditional on what was read");
}
