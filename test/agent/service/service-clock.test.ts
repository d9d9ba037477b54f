import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ServiceClock } from "../../../agent/service/service-clock.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

describe("the service's clock", () => {
  const start = new Date("2026-03-01T12:00:00Z");
  const later = (seconds: number): Date => new Date(start.getTime() + seconds * 1000);

  it("is ours until the service is heard", () => {
    assert.deepEqual(new ServiceClock(new VirtualClock(start)).now(), start);
  });

  it("is the service's after that, however long a cache kept the answer", () => {
    const clock = new ServiceClock(new VirtualClock(start));
    clock.observe(later(3000).toUTCString(), "600");
    assert.equal(clock.offset?.seconds, 3601);
    assert.deepEqual(clock.now(), later(3601));
  });

  it("takes a difference of seconds for none", () => {
    const clock = new ServiceClock(new VirtualClock(start));
    clock.observe(later(3).toUTCString(), undefined);
    assert.deepEqual(clock.now(), start);
  });

  it("is ours again after somebody set ours", () => {
    const own = new VirtualClock(start);
    const clock = new ServiceClock(own);
    clock.observe(later(3600).toUTCString(), undefined);
    own.advance(10);
    own.set(3600);
    assert.equal(clock.offset, undefined);
    assert.deepEqual(clock.now(), later(3610));
  });

  for (const date of [undefined, "", "yesterday"]) {
    it(`is not moved by a Date of ${String(date)}`, () => {
      const clock = new ServiceClock(new VirtualClock(start));
      clock.observe(date, undefined);
      assert.equal(clock.offset, undefined);
    });
  }
});
