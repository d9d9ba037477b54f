import { describe, it } from "node:test";
import { FINAL_AFTER_SECONDS, LAPSE_SECONDS } from "../../../core/ledger/node-record.ts";
import { evaluateClaim, renewal, type ClaimRow } from "../../support/name-claims.ts";
import { complete, node, reserved, secondsAgo, slot } from "../../support/name-slots.ts";

const lapsed = { at: secondsAgo(LAPSE_SECONDS) };
const stillInFlight = { at: secondsAgo(LAPSE_SECONDS - 1) };
const final = secondsAgo(FINAL_AFTER_SECONDS);
const renewed = { kind: "renewal", tokenId: undefined } as const;

const renewals: readonly ClaimRow[] = [
  {
    why: "with the anchor's certificate takes the empty slot",
    stored: node({ anchor: slot("a") }),
    claim: renewal("a"),
    expect: "claim",
    anchor: "a",
  },
  {
    why: "with the candidate's certificate confirms it: who uses a certificate has it",
    stored: node({ anchor: slot("a"), candidate: slot("c") }),
    record: complete("c", secondsAgo(4)),
    claim: renewal("c"),
    expect: "claim",
    anchor: "c",
  },
  {
    why: "with a candidate's certificate that is final by age takes the next slot",
    stored: node({ anchor: slot("a"), candidate: slot("c", { at: final }) }),
    record: complete("c", final),
    claim: renewal("c"),
    expect: "claim",
    anchor: "c",
  },
  {
    why: "with the anchor's certificate displaces a lapsed candidate",
    stored: node({ anchor: slot("a"), candidate: slot("c", { ...lapsed, ...renewed }) }),
    record: reserved("c"),
    claim: renewal("a"),
    expect: "claim",
    anchor: "a",
    toVoid: ["c"],
  },
  {
    why: "with the anchor's certificate waits for a candidate in flight",
    stored: node({ anchor: slot("a"), candidate: slot("c", { ...stillInFlight, ...renewed }) }),
    record: reserved("c"),
    claim: renewal("a"),
    expect: "busy",
  },
  {
    why: "with the anchor's certificate displaces a renewal issued before it came (answer and key were lost)",
    stored: node({ anchor: slot("a"), candidate: slot("c", renewed) }),
    record: complete("c", secondsAgo(4)),
    claim: renewal("a", { arrivedAt: secondsAgo(3) }),
    expect: "claim",
    anchor: "a",
    toVoid: ["c"],
  },
  {
    why: "with the anchor's certificate is superseded by a renewal issued after it came",
    stored: node({ anchor: slot("a"), candidate: slot("c", renewed) }),
    record: complete("c", secondsAgo(3)),
    claim: renewal("a", { arrivedAt: secondsAgo(4) }),
    expect: "superseded",
  },
  {
    why: "with the anchor's certificate is superseded by a replacement the operator allowed, confirmed or not",
    stored: node({ anchor: slot("a"), candidate: slot("c", { kind: "enrolment" }) }),
    record: complete("c", secondsAgo(4)),
    claim: renewal("a", { arrivedAt: secondsAgo(3) }),
    expect: "superseded",
  },
  {
    why: "with the anchor's certificate goes on when the replacement has lapsed",
    stored: node({ anchor: slot("a"), candidate: slot("c", { kind: "enrolment", ...lapsed }) }),
    record: reserved("c"),
    claim: renewal("a"),
    expect: "claim",
    anchor: "a",
    toVoid: ["c"],
  },
  {
    why: "with the anchor's certificate is superseded once the candidate is final by age",
    stored: node({ anchor: slot("a"), candidate: slot("c", { at: final, ...renewed }) }),
    record: complete("c", final),
    claim: renewal("a"),
    expect: "superseded",
  },
  {
    why: "with neither slot's certificate is superseded: somebody has a copy",
    stored: node({ anchor: slot("a"), candidate: slot("c", lapsed) }),
    record: reserved("c"),
    claim: renewal("z"),
    expect: "superseded",
  },
  {
    why: "for a released name is superseded",
    stored: node({ releasedAt: secondsAgo(9) }),
    claim: renewal("a"),
    expect: "superseded",
  },
  {
    why: "with a displaced candidate's certificate is superseded",
    stored: node({ anchor: slot("a"), candidate: slot("c") }),
    record: complete("c", secondsAgo(4), { voidedAt: secondsAgo(1) }),
    claim: renewal("c"),
    expect: "superseded",
  },
  {
    why: "with a revoked anchor's certificate is revoked",
    stored: node({ anchor: slot("a", { isRevoked: true }) }),
    claim: renewal("a"),
    expect: "revoked",
  },
  {
    why: "with a revoked candidate's certificate is revoked",
    stored: node({ anchor: slot("a"), candidate: slot("c", { isRevoked: true }) }),
    record: complete("c", secondsAgo(4)),
    claim: renewal("c"),
    expect: "revoked",
  },
];

describe("claimName by a renewal", () => {
  for (const row of renewals) it(row.why, () => evaluateClaim(row));
});
