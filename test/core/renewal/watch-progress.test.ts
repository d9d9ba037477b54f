import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  afterVisit,
  NO_WATCH,
  nextVisit,
  type RenewalWatch,
  type WatchedDays,
} from "../../../core/renewal/watch-progress.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const START = Date.parse("2026-11-23T09:17:00Z");
const DAYS: WatchedDays = { ahead: 40, behind: 7, leastIntervalSeconds: 3600 };

interface Look {
  readonly after: number | undefined;
  readonly until: number;
}

/** Reconciliations every five minutes, but for the pauses; the looks at each day. */
function looksOf(lengthMs: number, isPaused: (at: number) => boolean = () => false): Map<string, Look[]> {
  const looks = new Map<string, Look[]>();
  let watch: RenewalWatch = NO_WATCH;
  for (let at = START; at < START + lengthMs; at += 5 * MINUTE) {
    if (isPaused(at)) continue;
    for (let visit = nextVisit(watch, DAYS, new Date(at)); visit !== undefined;) {
      const list = looks.get(visit.day) ?? [];
      list.push({ after: watch.checkedUntil.get(visit.day)?.getTime(), until: visit.until.getTime() });
      looks.set(visit.day, list);
      watch = afterVisit(watch, visit);
      visit = nextVisit(watch, DAYS, new Date(at));
    }
    assert.ok(watch.checkedUntil.size <= DAYS.ahead + DAYS.behind + 1, "it forgets");
  }
  return looks;
}

describe("the watch over the days of expiry", () => {
  const looks = looksOf(60 * DAY);
  const whole = [...looks].filter(([day]) => Date.parse(day) >= START + 45 * DAY && Date.parse(day) < START + 58 * DAY);

  it("leaves no gap and sees nothing twice, from 40 days before a day until it is over", () => {
    assert.ok(whole.length > 10);
    for (const [day, list] of whole) {
      assert.ok((list[0]?.until ?? 0) <= Date.parse(day) - 39 * DAY, `${day} begins late`);
      for (const [index, { after }] of list.entries()) assert.equal(after, list[index - 1]?.until, day);
      assert.ok((list.at(-1)?.until ?? 0) >= Date.parse(day) + DAY, `${day} is not seen to its end`);
      assert.equal(list.filter(({ until }) => until >= Date.parse(day) + DAY).length, 1, "one last look");
    }
  });

  it("looks the more often the nearer a day is: within an eighth of the time left, or an hour", () => {
    for (const [day, list] of whole) {
      for (const { after, until } of list) {
        if (after === undefined) continue;
        const most = Math.max(HOUR, Math.min(DAY, (Date.parse(day) - after) / 8)) + 5 * MINUTE;
        assert.ok(until - after <= most, `${day}: ${(until - after) / HOUR} h`);
      }
    }
  });

  it("looks at few lists a day", () => {
    const on = (day: number): number =>
      [...looks.values()].flat().filter(({ until }) => Math.floor((until - START) / DAY) === day).length;
    for (const day of [20, 50]) assert.ok(on(day) < 120, `${on(day)} on day ${day}`);
  });

  it("goes on after days in which nobody looked, and leaves out those that passed before", () => {
    const isPaused = (at: number): boolean => at > START + 2 * DAY && at < START + 5 * DAY;
    const interrupted = looksOf(6 * DAY, isPaused);
    for (const [day, list] of interrupted)
      for (const [index, { after }] of list.entries()) assert.equal(after, list[index - 1]?.until, day);
    assert.equal(interrupted.get("2026-11-22"), undefined);
    // It passed in the pause: one look after it.
    const last = interrupted.get("2026-11-26")?.at(-1) ?? assert.fail();
    assert.ok(last.until >= START + 5 * DAY);
  });

  it("first goes on with what was left unfinished", () => {
    const unfinished = { day: "2026-12-20", until: new Date(START), cursor: "next" };
    const watch: RenewalWatch = { version: 3, checkedUntil: new Map(), unfinished };
    assert.equal(nextVisit(watch, DAYS, new Date(START + HOUR)), unfinished);
    const after = afterVisit(watch, unfinished);
    assert.deepEqual(after, {
      version: 3,
      checkedUntil: new Map([["2026-12-20", new Date(START)]]),
      unfinished: undefined,
    });
  });
});
