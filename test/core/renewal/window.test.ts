import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { renewalCalendar } from "../../../core/renewal/calendar.ts";
import { placeOf, plannedRenewal, recordedWindow, renewalSpan } from "../../../core/renewal/window.ts";
import { reservation } from "../../support/stored-records.ts";

const START = Date.parse("2030-05-05T12:00:00Z");
const HOUR_MS = 3600_000;
const lasting = (hours: number) => ({ notBefore: new Date(START), notAfter: new Date(START + hours * HOUR_MS) });
const hoursAfterStart = (at: Date): number => (at.getTime() - START) / HOUR_MS;

describe("the part of its life in which a certificate is renewed", () => {
  const rows: readonly { why: string; hours: number; isFirst: boolean; from: number; until: number }[] = [
    { why: "a month: the kubelet's 70 to 90 percent", hours: 1000, isFirst: false, from: 700, until: 900 },
    { why: "a week", hours: 168, isFirst: false, from: 117.6, until: 151.2 },
    { why: "two days: eight hours are left for an outage", hours: 48, isFirst: false, from: 30.4, until: 40 },
    { why: "a day: a third is left", hours: 24, isFirst: false, from: 11.2, until: 16 },
    { why: "an hour: a third is left", hours: 1, isFirst: false, from: 7 / 15, until: 2 / 3 },
    { why: "a first certificate: a wider part", hours: 24, isFirst: true, from: 5.2, until: 16 },
    { why: "a first certificate of a month", hours: 1000, isFirst: true, from: 450, until: 900 },
  ];
  for (const { why, hours, isFirst, from, until } of rows) {
    it(`is, for ${why}`, () => {
      const span = renewalSpan(lasting(hours), isFirst);
      assert.ok(Math.abs(hoursAfterStart(span.from) - from) < 1 / 3600, String(hoursAfterStart(span.from)));
      assert.ok(Math.abs(hoursAfterStart(span.until) - until) < 1 / 3600, String(hoursAfterStart(span.until)));
    });
  }

  it("holds every plan, in whole seconds", () => {
    const calendar = renewalCalendar();
    fc.assert(
      fc.property(fc.string(), fc.boolean(), fc.integer({ min: 600, max: 4_000_000 }), (nodeName, isFirst, seconds) => {
        const validity = lasting(seconds / 3600);
        const { from, until } = renewalSpan(validity, isFirst);
        const planned = plannedRenewal(validity, { nodeName, isFirst }, calendar);
        assert.ok(planned >= from && planned <= until);
        assert.equal(planned.getTime() % 1000, 0);
      }),
    );
  });
});

describe("a node's place", () => {
  it("is the same every time, even over a fleet, and another one at first", () => {
    const names = Array.from({ length: 20_000 }, (_, index) => `ip-10-0-${index >> 8}-${index & 255}.ec2.internal`);
    const tenths = Array.from({ length: 10 }, () => 0);
    for (const name of names) {
      assert.equal(placeOf(name), placeOf(name));
      const tenth = Math.floor(placeOf(name) * 10);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    for (const count of tenths) assert.ok(Math.abs(count - 2000) < 200, tenths.join(" "));
    assert.notEqual(placeOf("n1"), placeOf("n1", true));
  });
});

describe("what a record says of renewal", () => {
  it("is what was promised, and the place of the name where nothing was", () => {
    const renewAfter = new Date(START + 5 * HOUR_MS);
    const promised = reservation({ ...lasting(24), renewAfter });
    assert.deepEqual(recordedWindow(promised, "n1"), { renewAfter, renewBefore: new Date(START + 16 * HOUR_MS) });
    const { serialNumber, tbsCertificate, issuerId, at, attempts } = promised;
    const silent = { ...lasting(24), serialNumber, tbsCertificate, issuerId, at, attempts };
    const old = recordedWindow(silent, "n1").renewAfter;
    assert.ok(hoursAfterStart(old) >= 11.2 && hoursAfterStart(old) < 16);
  });
});
