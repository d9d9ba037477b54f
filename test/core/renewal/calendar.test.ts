import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { renewalCalendar } from "../../../core/renewal/calendar.ts";

const START = Date.parse("2030-05-05T12:00:00Z");
const at = (seconds: number): Date => new Date(START + seconds * 1000);
const minuteOf = (date: Date): number => Math.floor((date.getTime() - START) / 60_000);
const HOUR = { earliest: at(0), latest: at(3600) };

describe("the calendar of renewals", () => {
  it("gives the first one the time it wants, to the second", () => {
    assert.deepEqual(renewalCalendar().bookNear(at(754), HOUR, 600), at(754));
  });

  it("gives the next ones the nearest minutes that are free, within reach", () => {
    const calendar = renewalCalendar();
    const minutes = Array.from({ length: 7 }, () => minuteOf(calendar.bookNear(at(754), HOUR, 120)));
    assert.deepEqual(minutes.slice(0, 3), [12, 13, 11]);
    assert.ok(minutes.every((minute) => minute >= 10 && minute <= 14));
  });

  it("stays within bounds and reach, whatever was promised", () => {
    const seconds = fc.integer({ min: -7200, max: 7200 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(seconds, fc.integer({ min: 0, max: 3000 })), { minLength: 1 }),
        (changeRequests) => {
          const calendar = renewalCalendar();
          for (const [wanted, reach] of changeRequests) {
            const promised = calendar.bookNear(at(wanted), HOUR, reach);
            const inside = Math.max(0, Math.min(wanted, 3600));
            assert.ok(promised >= HOUR.earliest && promised <= HOUR.latest, promised.toISOString());
            assert.ok(Math.abs(promised.getTime() - at(inside).getTime()) <= reach * 1000);
          }
        },
      ),
    );
  });

  it("levels an hour in which a hundred want the same minute", () => {
    const calendar = renewalCalendar();
    const counts = new Map<number, number>();
    for (let index = 0; index < 590; index++) {
      const minute = minuteOf(calendar.bookNear(at(1800), HOUR, 3600));
      counts.set(minute, (counts.get(minute) ?? 0) + 1);
    }
    assert.ok(Math.max(...counts.values()) <= 11, String(Math.max(...counts.values())));
  });

  it("sends those who have time far: late minutes get up to twice as many", () => {
    const calendar = renewalCalendar();
    const counts = Array.from({ length: 60 }, () => 0);
    for (let index = 0; index < 1200; index++) {
      const minute = minuteOf(calendar.bookBetween(HOUR, (index * 0.618) % 1));
      counts[minute] = (counts[minute] ?? 0) + 1;
    }
    const [first = 0, last = 0] = [counts.slice(0, 20), counts.slice(40, 60)].map((part) =>
      part.reduce((sum, count) => sum + count, 0),
    );
    assert.ok(last > first * 1.4 && last < first * 2, `${first} and ${last}`);
    assert.ok(Math.max(...counts) <= 29, String(Math.max(...counts)));
  });

  it("finds a time even where no whole minute is", () => {
    assert.deepEqual(renewalCalendar().bookBetween({ earliest: at(10), latest: at(50) }, 0.5), at(30));
    assert.deepEqual(renewalCalendar().bookNear(at(100), { earliest: at(10), latest: at(50) }, 60), at(50));
  });
});
