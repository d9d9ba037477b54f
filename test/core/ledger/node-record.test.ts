import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { IssuanceRecord } from "../../../core/ledger/issuance-record.ts";
import { FINAL_AFTER_SECONDS, settle, settleExpired, type NodeRecord } from "../../../core/ledger/node-record.ts";
import { NOW } from "../../support/authorities.ts";
import { complete, node, reserved, secondsAgo, slot } from "../../support/name-slots.ts";

interface Row {
  readonly why: string;
  readonly stored: NodeRecord;
  readonly record?: IssuanceRecord;
  /** The intents in the two slots afterwards. */
  readonly anchor: string | undefined;
  readonly candidate: string | undefined;
}

const oldEnough = secondsAgo(FINAL_AFTER_SECONDS);
const notYet = secondsAgo(FINAL_AFTER_SECONDS - 1);

const rows: readonly Row[] = [
  { why: "leaves an empty node empty", stored: node(), anchor: undefined, candidate: undefined },
  {
    why: "keeps a live anchor and a candidate in flight",
    stored: node({ anchor: slot("a"), candidate: slot("c") }),
    record: reserved("c"),
    anchor: "a",
    candidate: "c",
  },
  {
    why: "keeps an anchor through its last second (RFC 5280: included)",
    stored: node({ anchor: slot("a", { notAfter: NOW }) }),
    anchor: "a",
    candidate: undefined,
  },
  {
    why: "empties a slot whose certificate has expired",
    stored: node({
      anchor: slot("a", { notAfter: secondsAgo(0.001) }),
      candidate: slot("c", { notAfter: secondsAgo(1) }),
    }),
    record: complete("c", secondsAgo(4)),
    anchor: undefined,
    candidate: undefined,
  },
  {
    why: "empties a slot whose certificate is revoked",
    stored: node({ anchor: slot("a", { isRevoked: true }), candidate: slot("c", { isRevoked: true }) }),
    record: complete("c", secondsAgo(4)),
    anchor: undefined,
    candidate: undefined,
  },
  {
    why: "empties the candidate's slot when its record is void",
    stored: node({ anchor: slot("a"), candidate: slot("c") }),
    record: reserved("c", { voidedAt: secondsAgo(1) }),
    anchor: "a",
    candidate: undefined,
  },
  {
    why: "empties the candidate's slot when its record is revoked, flag or no flag",
    stored: node({ candidate: slot("c") }),
    record: complete("c", secondsAgo(4), {
      revocation: { reason: "keyCompromise", by: "admin", at: secondsAgo(1) },
    }),
    anchor: undefined,
    candidate: undefined,
  },
  {
    why: "makes a complete candidate the anchor when it is ten minutes old",
    stored: node({ anchor: slot("a"), candidate: slot("c", { at: oldEnough }) }),
    record: complete("c", oldEnough),
    anchor: "c",
    candidate: undefined,
  },
  {
    why: "leaves a complete candidate in its slot for less than ten minutes",
    stored: node({ anchor: slot("a"), candidate: slot("c", { at: notYet }) }),
    record: complete("c", notYet),
    anchor: "a",
    candidate: "c",
  },
  {
    why: "never makes an incomplete candidate the anchor, however old",
    stored: node({ candidate: slot("c", { at: secondsAgo(100_000) }) }),
    record: reserved("c"),
    anchor: undefined,
    candidate: "c",
  },
  {
    why: "never makes a candidate without a record the anchor",
    stored: node({ candidate: slot("c", { at: secondsAgo(100_000) }) }),
    anchor: undefined,
    candidate: "c",
  },
  {
    why: "never makes a void candidate the anchor, though it was complete and is old",
    stored: node({ anchor: slot("a"), candidate: slot("c", { at: oldEnough }) }),
    record: complete("c", oldEnough, { voidedAt: secondsAgo(1) }),
    anchor: "a",
    candidate: undefined,
  },
];

describe("settle", () => {
  for (const { why, stored, record, anchor, candidate } of rows) {
    it(why, () => {
      const settled = settle(stored, record, NOW);
      assert.equal(settled.anchor?.intentName, anchor);
      assert.equal(settled.candidate?.intentName, candidate);
      // What is to be voided, and the version a write is conditional on, are not for settling.
      assert.deepEqual(
        { ...settled, anchor: undefined, candidate: undefined },
        { ...stored, anchor: undefined, candidate: undefined },
      );
    });
  }
});

const expired = { notAfter: secondsAgo(1) };

const expiredRows: readonly Row[] = [
  { why: "is nothing where there is nothing", stored: node(), anchor: undefined, candidate: undefined },
  {
    why: "is an expired anchor",
    stored: node({ anchor: slot("a", expired) }),
    anchor: "a",
    candidate: undefined,
  },
  {
    why: "is not a revoked one",
    stored: node({ anchor: slot("a", { ...expired, isRevoked: true }) }),
    anchor: undefined,
    candidate: undefined,
  },
  {
    why: "is an expired candidate that was complete, confirmed or not",
    stored: node({ anchor: slot("a", expired), candidate: slot("c", expired) }),
    record: complete("c", secondsAgo(4)),
    anchor: "c",
    candidate: undefined,
  },
  {
    why: "is the anchor beside an expired candidate that was never complete",
    stored: node({ anchor: slot("a", expired), candidate: slot("c", expired) }),
    record: reserved("c"),
    anchor: "a",
    candidate: undefined,
  },
  {
    why: "is the anchor beside an expired candidate that was never on record",
    stored: node({ anchor: slot("a", expired), candidate: slot("c", expired) }),
    anchor: "a",
    candidate: undefined,
  },
  {
    why: "is a candidate that expired so long ago that its record may be gone: nothing older may pass for the latest",
    stored: node({ anchor: slot("a", expired), candidate: slot("c", { notAfter: secondsAgo(89 * 24 * 3600) }) }),
    anchor: "c",
    candidate: undefined,
  },
  {
    why: "is the anchor beside a void candidate",
    stored: node({ anchor: slot("a", expired), candidate: slot("c", expired) }),
    record: complete("c", secondsAgo(4), { voidedAt: secondsAgo(1) }),
    anchor: "a",
    candidate: undefined,
  },
  {
    why: "is the anchor beside a revoked candidate",
    stored: node({ anchor: slot("a", expired), candidate: slot("c", { ...expired, isRevoked: true }) }),
    record: complete("c", secondsAgo(4)),
    anchor: "a",
    candidate: undefined,
  },
  {
    why: "is the anchor beside a live candidate that is not final",
    stored: node({ anchor: slot("a", expired), candidate: slot("c") }),
    record: complete("c", secondsAgo(4)),
    anchor: "a",
    candidate: "c",
  },
  {
    why: "is a live candidate that is final by age",
    stored: node({ anchor: slot("a", expired), candidate: slot("c", { at: oldEnough }) }),
    record: complete("c", oldEnough),
    anchor: "c",
    candidate: undefined,
  },
];

describe("settleExpired: the latest certificate", () => {
  for (const { why, stored, record, anchor, candidate } of expiredRows) {
    it(why, () => {
      const settled = settleExpired(stored, record, NOW);
      assert.deepEqual([settled.anchor?.intentName, settled.candidate?.intentName], [anchor, candidate]);
    });
  }
});
