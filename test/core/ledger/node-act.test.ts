import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { claimName } from "../../../core/claim/name-claim.ts";
import { confirmed, succeeded } from "../../../core/ledger/node-act.ts";
import type { NodeRecord, NodeSlot } from "../../../core/ledger/node-record.ts";
import { renewal } from "../../support/name-claims.ts";
import { NOW } from "../../support/authorities.ts";
import { complete, node, secondsAgo, serialOf, slot } from "../../support/name-slots.ts";

const slots: fc.Arbitrary<NodeSlot | undefined> = fc.option(
  fc
    .record({
      intent: fc.constantFrom("a", "b"),
      at: fc.constantFrom(1, 60, 900),
      isRevoked: fc.constantFrom(false, false, true),
    })
    .map(({ intent, at, isRevoked }) => slot(intent, { at: secondsAgo(at), isRevoked })),
  { nil: undefined },
);

const nodes: fc.Arbitrary<NodeRecord> = fc
  .record({
    anchor: slots,
    candidate: slots,
    toVoid: fc.constantFrom([], [], ["z"]),
    releasedAt: fc.constantFrom(undefined, secondsAgo(9)),
    revocation: fc.constantFrom(undefined, undefined, { reason: "keyCompromise" as const, by: "admin", at: NOW }),
    lastRecovery: fc.constantFrom(
      undefined,
      { count: 0, at: NOW, intentName: "y" },
      { count: 2, at: NOW, intentName: "y" },
    ),
    // Whatever it is, a plain act leaves it as it is.
    lastDisplacement: fc.constantFrom(undefined, { count: 3, at: secondsAgo(1) }),
    recoveryAllowance: fc.constantFrom(undefined, undefined, { until: secondsAgo(-60), recoveries: 1, by: "admin" }),
    // Stays, whoever writes: the certificate that comes of it answers it.
    renewalRequest: fc.constantFrom(undefined, { at: NOW, until: secondsAgo(-60), by: "admin" }),
    agent: fc.constantFrom(undefined, { version: "1.0", trustBundleSequence: 3 }),
  })
  // An intent is in one slot at a time.
  .filter(({ anchor, candidate }) => anchor === undefined || anchor.intentName !== candidate?.intentName)
  .map((changes) => node(changes));

const agents = fc.constantFrom(undefined, { version: "2.0", trustBundleSequence: undefined });
const presented = fc.constantFrom("a", "b");

describe("what is done to a node without reading it", () => {
  it("succeeded: whatever it allows the rules of the name allow too, with the same result", () => {
    let plain = 0;
    const sameAsJudged = fc.property(nodes, presented, agents, (stored, certificate, agent) => {
      const claim = renewal(certificate, { agent });
      const { intentName, serialNumber, notAfter, presentedSerialNumber } = claim;
      assert.ok(presentedSerialNumber);
      const candidate = slot(intentName, { serialNumber, notAfter, at: NOW, kind: "renewal", tokenId: undefined });
      const next = succeeded(stored, { key: stored.key, presentedSerialNumber, candidate, agent });
      if (next === undefined) return;
      plain++;
      const judged = claimName(stored, undefined, claim, NOW);
      assert.equal(judged.outcome, "claim");
      assert.deepEqual(next, { ...judged.node, version: stored.version + 1 });
    });
    fc.assert(sameAsJudged, { numRuns: 10_000 });
    assert.ok(plain > 20, `${plain} of them were plain`);
  });

  it("confirmed: the certificate of the slot, and what its use would have come to", () => {
    let plain = 0;
    const sameAsUsed = fc.property(nodes, presented, fc.boolean(), (stored, certificate, isByName) => {
      const intentName = isByName ? certificate : undefined;
      const question = { key: stored.key, intentName, serialNumber: serialOf(certificate), at: NOW };
      const next = confirmed(stored, question);
      if (next === undefined) return;
      plain++;
      assert.equal(stored.revocation, undefined);
      const used = claimName(stored, complete(certificate, secondsAgo(1)), renewal(certificate), NOW);
      assert.equal(used.outcome, "claim", "its use would have confirmed it");
      assert.deepEqual(used.node.anchor, next.anchor);
      assert.equal(next.candidate, undefined);
      assert.deepEqual(next.toVoid, stored.toVoid);
    });
    fc.assert(sameAsUsed, { numRuns: 10_000 });
    assert.ok(plain > 20, `${plain} of them were plain`);
  });
});
