import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { NodeRecord } from "../../../core/ledger/node-record.ts";
import { judgeRecovery, type RecoveryJudgement, type RecoveryQuestion } from "../../../core/claim/recovery.ts";
import { NOW } from "../../support/authorities.ts";
import { node, secondsAgo, slot } from "../../support/name-slots.ts";

const DAY = 24 * 3600;

interface Row {
  readonly why: string;
  readonly stored?: Partial<NodeRecord>;
  readonly question?: Partial<RecoveryQuestion>;
  readonly expect: RecoveryJudgement["outcome"];
  readonly says?: RegExp;
}

const question = { expiredAt: secondsAgo(DAY), recoverySeconds: DAY, recoveries: 3 };
const recovered = (count: number, seconds: number) => ({
  lastRecovery: { count, at: secondsAgo(seconds), intentName: "earlier" },
});
const allowed = (seconds: number, recoveries = 1) => ({
  recoveryAllowance: { until: secondsAgo(-seconds), recoveries, by: "ada" },
});

const rows: readonly Row[] = [
  { why: "in the last second of the window", expect: "recover" },
  {
    why: "after the window",
    question: { expiredAt: secondsAgo(DAY + 0.001) },
    expect: "expired",
    says: /it could recover until 2030-05-05T11:59:59\.999Z/,
  },
  {
    why: "without a window",
    question: { recoverySeconds: 0, expiredAt: secondsAgo(1) },
    expect: "expired",
    says: /by an operator's override only/,
  },
  { why: "after a renewal in time", stored: recovered(0, 1), expect: "recover" },
  { why: "as often as policy allows", stored: recovered(2, DAY), expect: "recover" },
  {
    why: "once more than that",
    stored: recovered(3, DAY),
    expect: "expired",
    says: /recovered 3 times in a row, and policy allows 3/,
  },
  { why: "within a minute of the first", stored: recovered(1, 59), expect: "early" },
  { why: "a minute after the first", stored: recovered(1, 60), expect: "recover" },
  { why: "within two minutes of the second", stored: recovered(2, 119), expect: "early" },
  { why: "two minutes after the second", stored: recovered(2, 120), expect: "recover" },
  {
    why: "within an hour of the ninth",
    stored: recovered(9, 3599),
    question: { recoveries: 100 },
    expect: "early",
  },
  {
    why: "an hour after any",
    stored: recovered(50, 3600),
    question: { recoveries: 100 },
    expect: "recover",
  },
  {
    why: "years after, by an operator's override",
    stored: allowed(0),
    question: { expiredAt: secondsAgo(1000 * DAY) },
    expect: "recover",
  },
  {
    why: "by an operator's override where policy has no window",
    stored: allowed(1),
    question: { recoverySeconds: 0 },
    expect: "recover",
  },
  {
    why: "by an operator's override that is over",
    stored: allowed(-0.001),
    question: { recoverySeconds: 0 },
    expect: "expired",
  },
  {
    why: "by an operator's override, more often than policy allows",
    stored: { ...allowed(1), ...recovered(3, DAY) },
    expect: "recover",
  },
  {
    why: "by an operator's override, within the pause",
    stored: { ...allowed(1, 5), ...recovered(1, 1) },
    expect: "early",
  },
  {
    why: "by an operator's override where policy lets nothing recover",
    stored: allowed(1),
    question: { recoveries: 0 },
    expect: "expired",
    says: /policy lets no such certificate recover/,
  },
];

const judge = (row: Pick<Row, "stored" | "question">): RecoveryJudgement =>
  judgeRecovery(node({ anchor: slot("a"), ...row.stored }), { ...question, ...row.question }, "new", NOW);

describe("judgeRecovery", () => {
  for (const row of rows) {
    it(`${row.expect}: ${row.why}`, () => {
      const judged = judge(row);
      assert.equal(judged.outcome, row.expect);
      if (row.says !== undefined) assert.match(judged.outcome === "expired" ? judged.why : "", row.says);
    });
  }

  it("counts, and uses up what an operator said", () => {
    const first = judge({ stored: allowed(9, 2) });
    assert.ok(first.outcome === "recover");
    assert.deepEqual(first.node.lastRecovery, { count: 1, at: NOW, intentName: "new" });
    assert.equal(first.node.recoveryAllowance?.recoveries, 1);
    const second = judge({ stored: { ...first.node, lastRecovery: undefined } });
    assert.ok(second.outcome === "recover");
    assert.equal(second.node.recoveryAllowance, undefined);
  });

  it("says when to come back: not a second before it helps", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 4000 }), (count, seconds) => {
        const limits = { ...question, recoverySeconds: 400 * DAY, recoveries: 100 };
        const stored = node(recovered(count, seconds));
        const judged = judgeRecovery(stored, limits, "new", NOW);
        if (judged.outcome === "recover") return;
        assert.ok(judged.outcome === "early" && judged.retryAfterSeconds > 0 && judged.retryAfterSeconds <= 3600);
        const later = secondsAgo(-judged.retryAfterSeconds);
        assert.equal(judgeRecovery(stored, limits, "new", later).outcome, "recover");
        const tooSoon = secondsAgo(1 - judged.retryAfterSeconds);
        assert.equal(judgeRecovery(stored, limits, "new", tooSoon).outcome, "early");
      }),
    );
  });
});
