import assert from "node:assert/strict";
import { it } from "node:test";
import { claimName } from "../../../core/claim/name-claim.ts";
import { FINAL_AFTER_SECONDS } from "../../../core/ledger/node-record.ts";
import { NOW } from "../../support/authorities.ts";
import { enrolment } from "../../support/name-claims.ts";
import { node, secondsAgo, slot } from "../../support/name-slots.ts";

it("claimName makes no anchor of the intent's own claim that ran out: it never had a certificate", () => {
  const expired = slot("new", { at: secondsAgo(FINAL_AFTER_SECONDS), notAfter: secondsAgo(1) });
  const result = claimName(node({ candidate: expired }), undefined, enrolment(), NOW);
  assert.ok(result.outcome === "claim");
  assert.equal(result.node.anchor, undefined);
});
