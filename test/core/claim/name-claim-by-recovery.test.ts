import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { claimName, type NameClaim } from "../../../core/claim/name-claim.ts";
import { FINAL_AFTER_SECONDS, LAPSE_SECONDS, type NodeRecord } from "../../../core/ledger/node-record.ts";
import { NOW } from "../../support/authorities.ts";
import { evaluateClaim, renewal, type ClaimRow } from "../../support/name-claims.ts";
import { complete, node, reserved, secondsAgo, slot } from "../../support/name-slots.ts";

const DAY = 24 * 3600;
const expired = { notAfter: secondsAgo(DAY), at: secondsAgo(8 * DAY) };
const limits = { expiredAt: expired.notAfter, recoverySeconds: 30 * DAY, recoveries: 3 };
const renewed = { kind: "renewal", tokenId: undefined } as const;

/** A request by the certificate of the intent `presented`, which expired a day ago. */
function recovery(presented: string, changes: Partial<NameClaim> = {}): NameClaim {
  return renewal(presented, { recovery: limits, ...changes });
}

const rows: readonly ClaimRow[] = [
  {
    why: "with the expired anchor's certificate takes the empty slot, and the anchor stays until there is a certificate",
    stored: node({ anchor: slot("a", expired) }),
    claim: recovery("a"),
    expect: "claim",
    anchor: "a",
  },
  {
    why: "with a certificate that was never confirmed confirms it",
    stored: node({ anchor: slot("a", expired), candidate: slot("c", expired) }),
    record: complete("c", secondsAgo(8 * DAY)),
    claim: recovery("c"),
    expect: "claim",
    anchor: "c",
  },
  {
    why: "with the predecessor of one that was never confirmed is superseded",
    stored: node({ anchor: slot("a", expired), candidate: slot("c", expired) }),
    record: complete("c", secondsAgo(8 * DAY)),
    claim: recovery("a"),
    expect: "superseded",
  },
  {
    why: "with the anchor's certificate, beside a renewal that was never signed, takes its place",
    stored: node({ anchor: slot("a", expired), candidate: slot("c", { ...expired, ...renewed }) }),
    record: reserved("c"),
    claim: recovery("a"),
    expect: "claim",
    anchor: "a",
  },
  {
    why: "is superseded once a token's certificate has taken the name",
    stored: node({ anchor: slot("a", expired), candidate: slot("c") }),
    record: complete("c", secondsAgo(4)),
    claim: recovery("a"),
    expect: "superseded",
  },
  {
    why: "is superseded once a token's certificate is the anchor",
    stored: node({ anchor: slot("b") }),
    claim: recovery("a"),
    expect: "superseded",
  },
  {
    why: "waits for a token's claim in flight",
    stored: node({ anchor: slot("a", expired), candidate: slot("c") }),
    record: reserved("c"),
    claim: recovery("a"),
    expect: "busy",
  },
  {
    why: "displaces a token's claim that came to nothing",
    stored: node({ anchor: slot("a", expired), candidate: slot("c", { at: secondsAgo(LAPSE_SECONDS) }) }),
    record: reserved("c"),
    claim: recovery("a"),
    expect: "claim",
    anchor: "a",
    toVoid: ["c"],
  },
  {
    why: "displaces an earlier recovery that was issued before it came (answer and key were lost)",
    stored: node({ anchor: slot("a", expired), candidate: slot("c", renewed) }),
    record: complete("c", secondsAgo(4)),
    claim: recovery("a"),
    expect: "claim",
    anchor: "a",
    toVoid: ["c"],
  },
  {
    why: "is superseded by a recovery that was issued after it came",
    stored: node({ anchor: slot("a", expired), candidate: slot("c", renewed) }),
    record: complete("c", secondsAgo(3)),
    claim: recovery("a", { arrivedAt: secondsAgo(4) }),
    expect: "superseded",
  },
  {
    why: "is superseded by a recovery that is final by age",
    stored: node({
      anchor: slot("a", expired),
      candidate: slot("c", { ...renewed, at: secondsAgo(FINAL_AFTER_SECONDS) }),
    }),
    record: complete("c", secondsAgo(FINAL_AFTER_SECONDS)),
    claim: recovery("a"),
    expect: "superseded",
  },
  {
    why: "with a certificate that was revoked is revoked",
    stored: node({ anchor: slot("a", { ...expired, isRevoked: true }) }),
    claim: recovery("a"),
    expect: "revoked",
  },
  {
    why: "of a revoked node is revoked",
    stored: node({
      anchor: slot("a", expired),
      revocation: { reason: "keyCompromise", by: "ada", at: secondsAgo(9) },
    }),
    claim: recovery("a"),
    expect: "revoked",
  },
  {
    why: "of a released name is superseded",
    stored: node({ releasedAt: secondsAgo(9) }),
    claim: recovery("a"),
    expect: "superseded",
  },
  {
    why: "outside the window is expired",
    stored: node({ anchor: slot("a", expired) }),
    claim: recovery("a", { recovery: { ...limits, recoverySeconds: DAY - 1 } }),
    expect: "expired",
  },
  {
    why: "by a replaced certificate is superseded even outside the window: somebody has a copy",
    stored: node({ anchor: slot("b", expired) }),
    claim: recovery("a", { recovery: { ...limits, recoverySeconds: 0 } }),
    expect: "superseded",
  },
  {
    why: "too soon after the last one is early",
    stored: node({
      anchor: slot("a", expired),
      lastRecovery: { count: 1, at: secondsAgo(59), intentName: "earlier" },
    }),
    claim: recovery("a"),
    expect: "early",
  },
];

describe("claimName by an expired certificate", () => {
  for (const row of rows) it(row.why, () => evaluateClaim(row));

  const claimed = (stored: NodeRecord, claim: NameClaim): NodeRecord => {
    const result = claimName(stored, undefined, claim, NOW);
    assert.ok(result.outcome === "claim", result.outcome);
    return result.node;
  };

  it("is counted in the same write as the claim", () => {
    const { lastRecovery } = claimed(node({ anchor: slot("a", expired) }), recovery("a"));
    assert.deepEqual(lastRecovery, { count: 1, at: NOW, intentName: "new" });
  });

  it("is not counted again when its own lapsed claim is written again, nor refused for being early", () => {
    const stored = node({
      anchor: slot("a", expired),
      candidate: slot("new", { ...renewed, at: secondsAgo(30) }),
      lastRecovery: { count: 1, at: secondsAgo(30), intentName: "new" },
    });
    const again = claimed(stored, recovery("a"));
    assert.equal(again.anchor?.intentName, "a");
    assert.deepEqual(again.lastRecovery, stored.lastRecovery);
  });

  it("is forgotten by a renewal in time, and so is an operator's override; when it was is kept", () => {
    const stored = node({
      anchor: slot("a"),
      lastRecovery: { count: 2, at: secondsAgo(DAY), intentName: "earlier" },
      recoveryAllowance: { until: secondsAgo(-DAY), recoveries: 3, by: "ada" },
    });
    const { lastRecovery, recoveryAllowance } = claimed(stored, renewal("a"));
    assert.deepEqual(
      { lastRecovery, recoveryAllowance },
      { lastRecovery: { count: 0, at: secondsAgo(DAY), intentName: "earlier" }, recoveryAllowance: undefined },
    );
  });
});
