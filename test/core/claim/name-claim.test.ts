import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { claimName } from "../../../core/claim/name-claim.ts";
import { FINAL_AFTER_SECONDS, LAPSE_SECONDS } from "../../../core/ledger/node-record.ts";
import { NOW } from "../../support/authorities.ts";
import { enrolment, evaluateClaim, renewal, type ClaimRow } from "../../support/name-claims.ts";
import { complete, node, reserved, secondsAgo, serialOf, slot } from "../../support/name-slots.ts";

const lapsed = { at: secondsAgo(LAPSE_SECONDS) };
const stillInFlight = { at: secondsAgo(LAPSE_SECONDS - 1) };
const final = secondsAgo(FINAL_AFTER_SECONDS);

const enrolments: readonly ClaimRow[] = [
  { why: "takes a name nobody ever had", stored: node(), claim: enrolment(), expect: "claim" },
  {
    why: "is refused while there is a live anchor",
    stored: node({ anchor: slot("a") }),
    claim: enrolment(),
    expect: "taken",
  },
  {
    why: "is refused while there is a live anchor, even with the token that made it",
    stored: node({ anchor: slot("a", { tokenId: "abcdef" }) }),
    claim: enrolment({ tokenId: "abcdef" }),
    expect: "taken",
  },
  {
    why: "takes the name of a node whose certificate has expired, which is not put aside before there is another one",
    stored: node({ anchor: slot("a", { notAfter: secondsAgo(1) }) }),
    claim: enrolment(),
    expect: "claim",
    anchor: "a",
  },
  {
    why: "takes the name of a node whose unconfirmed certificate has expired: that, not its predecessor, was the latest",
    stored: node({
      anchor: slot("a", { notAfter: secondsAgo(1) }),
      candidate: slot("c", { notAfter: secondsAgo(1) }),
    }),
    record: complete("c", secondsAgo(9)),
    claim: enrolment(),
    expect: "claim",
    anchor: "c",
  },
  {
    why: "takes the name of a node whose certificate was revoked",
    stored: node({ anchor: slot("a", { isRevoked: true }) }),
    claim: enrolment(),
    expect: "claim",
  },
  {
    why: "takes over a live anchor at the operator's override; it stays the anchor until the new one is final",
    stored: node({ anchor: slot("a") }),
    claim: enrolment({ mayReplace: true }),
    expect: "claim",
    anchor: "a",
  },
  {
    why: "waits for another intent in flight",
    stored: node({ candidate: slot("c", stillInFlight) }),
    record: reserved("c"),
    claim: enrolment(),
    expect: "busy",
  },
  {
    why: "waits for another claim in flight whose record is not written yet",
    stored: node({ candidate: slot("c", stillInFlight) }),
    claim: enrolment(),
    expect: "busy",
  },
  {
    why: "waits for another intent in flight even at the operator's override",
    stored: node({ candidate: slot("c", stillInFlight) }),
    record: reserved("c"),
    claim: enrolment({ mayReplace: true }),
    expect: "busy",
  },
  {
    why: "displaces a candidate that has lapsed, whichever token made it",
    stored: node({ candidate: slot("c", { ...lapsed, tokenId: "zzzzzz" }) }),
    record: reserved("c"),
    claim: enrolment(),
    expect: "claim",
    toVoid: ["c"],
  },
  {
    why: "displaces a lapsed candidate without a record: it may still be written",
    stored: node({ candidate: slot("c", lapsed) }),
    claim: enrolment(),
    expect: "claim",
    toVoid: ["c"],
  },
  {
    why: "keeps what others displaced and did not void yet",
    stored: node({ candidate: slot("c", lapsed), toVoid: ["b"] }),
    record: reserved("c"),
    claim: enrolment(),
    expect: "claim",
    toVoid: ["b", "c"],
  },
  {
    why: "takes the place of a void candidate at once, and has nothing to void",
    stored: node({ candidate: slot("c") }),
    record: reserved("c", { voidedAt: secondsAgo(1) }),
    claim: enrolment(),
    expect: "claim",
  },
  {
    why: "with the same token, displaces what was issued before this request came (the mercy)",
    stored: node({ candidate: slot("c") }),
    record: complete("c", secondsAgo(4)),
    claim: enrolment({ arrivedAt: secondsAgo(3) }),
    expect: "claim",
    toVoid: ["c"],
  },
  {
    why: "gets no mercy when it came before the other was issued: a late copy of an old request",
    stored: node({ candidate: slot("c") }),
    record: complete("c", secondsAgo(3)),
    claim: enrolment({ arrivedAt: secondsAgo(4) }),
    expect: "taken",
  },
  {
    why: "gets no mercy when it came in the very millisecond the other was issued",
    stored: node({ candidate: slot("c") }),
    record: complete("c", secondsAgo(3)),
    claim: enrolment({ arrivedAt: secondsAgo(3) }),
    expect: "taken",
  },
  {
    why: "gets no mercy with another token",
    stored: node({ candidate: slot("c", { tokenId: "zzzzzz" }) }),
    record: complete("c", secondsAgo(4)),
    claim: enrolment(),
    expect: "taken",
  },
  {
    why: "gets no mercy against a renewal, though it was the same token that enrolled the node",
    stored: node({ candidate: slot("c", { kind: "renewal", tokenId: "abcdef" }) }),
    record: complete("c", secondsAgo(4)),
    claim: enrolment(),
    expect: "taken",
  },
  {
    why: "gets no mercy once the other is final by age",
    stored: node({ candidate: slot("c", { at: final }) }),
    record: complete("c", final),
    claim: enrolment(),
    expect: "taken",
  },
  {
    why: "displaces another token's issued candidate at the operator's override",
    stored: node({ candidate: slot("c", { tokenId: "zzzzzz" }) }),
    record: complete("c", secondsAgo(4)),
    claim: enrolment({ mayReplace: true }),
    expect: "claim",
    toVoid: ["c"],
  },
];

const own: readonly ClaimRow[] = [
  {
    why: "holds the name when its intent is the anchor: nothing to write",
    stored: node({ anchor: slot("new"), candidate: slot("c") }),
    record: reserved("c"),
    claim: enrolment(),
    expect: "held",
  },
  {
    why: "holds the name when its candidate has just become final",
    stored: node({ candidate: slot("new", { at: final }) }),
    record: complete("new", final),
    claim: enrolment(),
    expect: "held",
  },
  {
    why: "holds the name while its own claim is fresh: nothing to write",
    stored: node({ candidate: slot("new", { at: secondsAgo(19) }) }),
    claim: enrolment(),
    expect: "held",
  },
  {
    why: "is not void any more when it takes again the name it was displaced from",
    stored: node({ candidate: slot("c", lapsed), toVoid: ["new", "b"] }),
    record: reserved("c"),
    claim: enrolment(),
    expect: "claim",
    toVoid: ["b", "c"],
  },
  {
    why: "is not void any more when it takes again the name an operator released",
    stored: node({ toVoid: ["new"], releasedAt: secondsAgo(1) }),
    claim: enrolment(),
    expect: "claim",
  },
  {
    why: "writes its own claim again when that would lapse under a long attempt",
    stored: node({ candidate: slot("new", { at: secondsAgo(20) }), toVoid: ["b"] }),
    claim: enrolment(),
    expect: "claim",
    toVoid: ["b"],
  },
];

const revokedNode: readonly ClaimRow[] = [
  { why: "is refused to an enrolment", claim: enrolment() },
  { why: "is refused to an enrolment at the operator's earlier word", claim: enrolment({ mayReplace: true }) },
  { why: "is refused to a renewal", claim: renewal("a") },
  { why: "is refused to the intent that holds it", claim: enrolment({ intentName: "a" }) },
].map((row) => ({
  ...row,
  stored: node({ anchor: slot("a"), revocation: { reason: "keyCompromise", by: "admin", at: secondsAgo(9) } }),
  expect: "revoked",
}));

describe("claimName", () => {
  describe("an enrolment", () => {
    for (const row of enrolments) it(row.why, () => evaluateClaim(row));
  });
  describe("an intent that has the name already", () => {
    for (const row of own) it(row.why, () => evaluateClaim(row));
  });
  describe("a revoked node's name", () => {
    for (const row of revokedNode) it(row.why, () => evaluateClaim(row));
  });

  it("says how long another's claim lasts at most", () => {
    const stored = node({ candidate: slot("c", { at: secondsAgo(42) }) });
    assert.deepEqual(claimName(stored, reserved("c"), enrolment(), NOW), { outcome: "busy", retryAfterSeconds: 18 });
  });

  it("writes who claimed, for what and until when", () => {
    const claim = enrolment({ notAfter: secondsAgo(-99) });
    const result = claimName(node({ releasedAt: secondsAgo(5) }), undefined, claim, NOW);
    assert.ok(result.outcome === "claim");
    assert.deepEqual(result.node.candidate, {
      intentName: "new",
      serialNumber: serialOf("new"),
      notAfter: secondsAgo(-99),
      at: NOW,
      kind: "enrolment",
      tokenId: "abcdef",
      isRevoked: false,
    });
    assert.equal(result.node.generation, 3);
    assert.equal(result.node.releasedAt, undefined);
  });

  it("keeps the serial number of its own earlier claim, which may be the reserved one", () => {
    const stored = node({ candidate: slot("new", { serialNumber: serialOf("x"), at: secondsAgo(30) }) });
    const result = claimName(stored, undefined, enrolment(), NOW);
    assert.ok(result.outcome === "claim");
    assert.equal(result.node.candidate?.serialNumber, serialOf("x"));
    assert.equal(result.node.generation, stored.generation, "it is the same certificate's claim");
  });
});
