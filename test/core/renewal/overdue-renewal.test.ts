import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { IssuanceRecord } from "../../../core/ledger/issuance-record.ts";
import type { NodeRecord } from "../../../core/ledger/node-record.ts";
import { overdueBounds, overdueRenewal, overdueSince } from "../../../core/renewal/overdue-renewal.ts";
import { renewalSpan } from "../../../core/renewal/window.ts";
import { NOW } from "../../support/authorities.ts";
import { complete, node, reserved, secondsAgo, slot } from "../../support/name-slots.ts";

const HOUR = 3600;
const DAY = 24 * HOUR;
const AGENT = { version: "0.1.0", trustBundleSequence: 1 };

/** A certificate of so long a life, so much of which is over. */
const aged = (lifeSeconds: number, ageSeconds: number) => ({
  notBefore: secondsAgo(ageSeconds),
  notAfter: secondsAgo(ageSeconds - lifeSeconds),
});

describe("overdueSince", () => {
  const rows = [
    { life: "a year", seconds: 365 * DAY, byAgent: 328.5 * DAY + 2 * HOUR, byKubelet: 328.5 * DAY + 2 * HOUR },
    { life: "a week", seconds: 7 * DAY, byAgent: 153.2 * HOUR, byKubelet: 153.2 * HOUR },
    // A third is left where the window ends; a kubelet looks at nine tenths at the latest.
    { life: "a day", seconds: DAY, byAgent: 18 * HOUR, byKubelet: 22.2 * HOUR },
    { life: "an hour", seconds: HOUR, byAgent: 45 * 60, byKubelet: 55.5 * 60 },
    { life: "ten minutes", seconds: 600, byAgent: 450, byKubelet: 555 },
  ];
  for (const { life, seconds, byAgent, byKubelet } of rows) {
    const validity = { notBefore: new Date(0), notAfter: new Date(seconds * 1000) };
    it(`leaves time to an operator, and none too little to the node: ${life}`, () => {
      assert.deepEqual(
        [overdueSince(validity, AGENT), overdueSince(validity, undefined)],
        [new Date(byAgent * 1000), new Date(byKubelet * 1000)],
      );
    });

    it(`is after the end of the window, before the certificate's end, and within its bounds: ${life}`, () => {
      const { earliest, latest } = overdueBounds(validity);
      assert.ok(renewalSpan(validity, false).until < earliest);
      assert.ok(earliest <= latest && latest < validity.notAfter);
      assert.deepEqual([earliest, latest], [overdueSince(validity, AGENT), overdueSince(validity, undefined)]);
    });
  }

  it("takes an agent that says its bundle and not its version for a kubelet", () => {
    const validity = aged(DAY, 0);
    const nameless = { version: undefined, trustBundleSequence: 3 };
    assert.deepEqual(overdueSince(validity, nameless), overdueSince(validity, undefined));
  });
});

interface Row {
  readonly why: string;
  readonly stored: Partial<NodeRecord>;
  readonly records: readonly IssuanceRecord[];
  /** The intent whose certificate is overdue. */
  readonly overdue: string | undefined;
}

const OLD = aged(7 * DAY, 6.9 * DAY);
const YOUNG = aged(7 * DAY, DAY);
const EXPIRED = aged(7 * DAY, 30 * DAY);
const issued = (intent: string, validity: { notBefore: Date; notAfter: Date }, changes: Partial<IssuanceRecord> = {}) =>
  withValidity(complete(intent, validity.notBefore, changes), validity);
const asked = (intent: string, validity: { notBefore: Date; notAfter: Date }) =>
  withValidity(reserved(intent), validity);
const held = (intent: string, { notBefore: at, notAfter }: { notBefore: Date; notAfter: Date }) =>
  slot(intent, { at, notAfter });

function withValidity(record: IssuanceRecord, validity: { notBefore: Date; notAfter: Date }): IssuanceRecord {
  const { reservation } = record;
  if (reservation === undefined) return assert.fail("a record without a reservation");
  return { ...record, reservation: { ...reservation, ...validity, at: validity.notBefore } };
}

const ROWS: readonly Row[] = [
  { why: "a node that never had a certificate", stored: {}, records: [], overdue: undefined },
  {
    why: "a certificate that has most of its life before it",
    stored: { anchor: held("a", YOUNG) },
    records: [issued("a", YOUNG)],
    overdue: undefined,
  },
  {
    why: "one that should have been replaced",
    stored: { anchor: held("a", OLD) },
    records: [issued("a", OLD)],
    overdue: "a",
  },
  {
    why: "one that nobody confirmed, likewise",
    stored: { candidate: held("a", OLD) },
    records: [issued("a", OLD)],
    overdue: "a",
  },
  {
    why: "one with a successor on its way to the node",
    stored: { anchor: held("a", OLD), candidate: held("c", YOUNG) },
    records: [issued("a", OLD), issued("c", YOUNG)],
    overdue: undefined,
  },
  {
    why: "one with a request under way: that is no certificate yet",
    stored: { anchor: held("a", OLD), candidate: held("c", aged(7 * DAY, 5)) },
    records: [issued("a", OLD), asked("c", aged(7 * DAY, 5))],
    overdue: "a",
  },
  {
    why: "one whose successor was put aside",
    stored: { anchor: held("a", OLD), candidate: held("c", YOUNG) },
    records: [issued("a", OLD), issued("c", YOUNG, { voidedAt: secondsAgo(1) })],
    overdue: "a",
  },
  {
    why: "one that expired long ago, as long as it is on record",
    stored: { anchor: held("a", EXPIRED) },
    records: [issued("a", EXPIRED)],
    overdue: "a",
  },
  {
    why: "one that expired and is forgotten",
    stored: { anchor: held("a", EXPIRED) },
    records: [],
    overdue: undefined,
  },
  {
    why: "one that expired, and an operator lets it recover",
    stored: {
      anchor: held("a", EXPIRED),
      recoveryAllowance: { until: secondsAgo(-60), recoveries: 1, by: "operator" },
    },
    records: [issued("a", EXPIRED)],
    overdue: "a",
  },
  {
    why: "one that has recovered",
    stored: { anchor: held("a", EXPIRED), candidate: held("c", YOUNG) },
    records: [issued("a", EXPIRED), issued("c", YOUNG)],
    overdue: undefined,
  },
  {
    why: "a revoked node's",
    stored: { anchor: held("a", OLD), revocation: { reason: "keyCompromise", by: "operator", at: secondsAgo(1) } },
    records: [issued("a", OLD)],
    overdue: undefined,
  },
  {
    why: "a revoked certificate",
    stored: { anchor: { ...held("a", OLD), isRevoked: true } },
    records: [issued("a", OLD)],
    overdue: undefined,
  },
  {
    why: "one that is revoked on its record, and not yet in its slot",
    stored: { anchor: held("a", OLD) },
    records: [issued("a", OLD, { revocation: { reason: "superseded", by: "operator", at: secondsAgo(1) } })],
    overdue: undefined,
  },
  { why: "a released name's", stored: { releasedAt: secondsAgo(9) }, records: [issued("a", OLD)], overdue: undefined },
];

describe("overdueRenewal", () => {
  for (const { why, stored, records, overdue } of ROWS) {
    it(`${overdue === undefined ? "is not" : "is"} ${why}`, () => {
      const found = overdueRenewal(node(stored), new Map(records.map((record) => [record.name, record])), NOW);
      assert.equal(found?.slot.intentName, overdue);
      if (found !== undefined) assert.ok(found.since <= NOW);
    });
  }

  it("begins at one second, and not before", () => {
    for (const agent of [AGENT, undefined]) {
      const validity = aged(DAY, 0);
      const since = overdueSince(validity, agent);
      const stored = node({ anchor: held("a", validity), agent });
      const at = (seconds: number) =>
        overdueRenewal(stored, new Map([["a", issued("a", validity)]]), new Date(since.getTime() + seconds * 1000));
      assert.deepEqual([at(-1)?.since, at(0)?.since], [undefined, since]);
    }
  });
});
