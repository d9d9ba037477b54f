import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { BACKDATE_SECONDS, lifetimeSecondsOf, renewalWindow, validityOf } from "../../../core/certificate/validity.ts";

const CA = { notBefore: new Date("2030-01-01T00:00:00Z"), notAfter: new Date("2040-01-01T00:00:00Z") };
const NOW = new Date("2030-05-05T12:00:00Z");
const HOUR = 3600;
const secondsBetween = (from: Date, to: Date): number => (to.getTime() - from.getTime()) / 1000;

describe("validityOf (Kubernetes' PermissiveSigningPolicy)", () => {
  const rows = [
    { why: "ten minutes", now: NOW, lifetime: 600, from: "2030-05-05T11:55:00Z", until: "2030-05-05T12:10:00Z" },
    {
      why: "just under eight hours: the backdate is added",
      now: NOW,
      lifetime: 8 * HOUR - 1,
      from: "2030-05-05T11:55:00Z",
      until: "2030-05-05T19:59:59Z",
    },
    {
      why: "eight hours: the backdate is taken off the end",
      now: NOW,
      lifetime: 8 * HOUR,
      from: "2030-05-05T11:55:00Z",
      until: "2030-05-05T19:55:00Z",
    },
    { why: "a week", now: NOW, lifetime: 168 * HOUR, from: "2030-05-05T11:55:00Z", until: "2030-05-12T11:55:00Z" },
    {
      why: "a moment within a second, which is cut off",
      now: new Date("2030-05-05T12:00:00.999Z"),
      lifetime: 600,
      from: "2030-05-05T11:55:00Z",
      until: "2030-05-05T12:10:00Z",
    },
    {
      why: "the CA's first minutes: never before the CA",
      now: new Date("2030-01-01T00:01:00Z"),
      lifetime: 600,
      from: "2030-01-01T00:00:00Z",
      until: "2030-01-01T00:11:00Z",
    },
    {
      why: "the CA's last hours: never beyond the CA",
      now: new Date("2039-12-31T23:00:00Z"),
      lifetime: 168 * HOUR,
      from: "2039-12-31T22:55:00Z",
      until: "2040-01-01T00:00:00Z",
    },
    {
      why: "the CA's last second",
      now: new Date("2039-12-31T23:59:59Z"),
      lifetime: 600,
      from: "2039-12-31T23:54:59Z",
      until: "2040-01-01T00:00:00Z",
    },
  ];
  for (const { why, now, lifetime, from, until } of rows) {
    it(`gives ${why}`, () => {
      assert.deepEqual(validityOf(now, lifetime, CA), { notBefore: new Date(from), notAfter: new Date(until) });
    });
  }

  it("is whole seconds inside the CA's validity, and as long as documented, whenever and however long", () => {
    const at = fc.date({ min: CA.notBefore, max: new Date(CA.notAfter.getTime() - 1), noInvalidDate: true });
    fc.assert(
      fc.property(at, fc.integer({ min: 600, max: 400 * 24 * HOUR }), (now, lifetime) => {
        const { notBefore, notAfter } = validityOf(now, lifetime, CA);
        assert.equal(notBefore.getTime() % 1000, 0);
        assert.equal(notAfter.getTime() % 1000, 0);
        assert.ok(notBefore >= CA.notBefore && notAfter <= CA.notAfter && notBefore < notAfter);
        assert.ok(notBefore <= now && now < notAfter);
        const isClamped =
          notAfter.getTime() === CA.notAfter.getTime() || notBefore.getTime() === CA.notBefore.getTime();
        const documented = lifetime < 8 * HOUR ? lifetime + BACKDATE_SECONDS : lifetime;
        if (!isClamped) assert.equal(secondsBetween(notBefore, notAfter), documented);
        assert.ok(secondsBetween(notBefore, notAfter) <= documented);
      }),
    );
  });

  it("refuses to work with a CA that has expired, or is not valid yet", () => {
    assert.throws(() => validityOf(CA.notAfter, 600, CA), /the issuing CA expired at 2040-01-01T00:00:00.000Z/);
    assert.throws(() => validityOf(new Date("2050-01-01T00:00:00Z"), 600, CA), /the issuing CA expired/);
    assert.throws(() => validityOf(new Date("2029-12-31T23:59:59Z"), 600, CA), /the issuing CA is not valid before/);
  });
});

describe("lifetimeSecondsOf", () => {
  const limits = { defaultLifetimeSeconds: 7 * 24 * HOUR, maxLifetimeSeconds: 30 * 24 * HOUR };
  const rows = [
    { why: "the default when nothing is asked for", asked: undefined, is: 7 * 24 * HOUR },
    { why: "what is asked for", asked: 600, is: 600 },
    { why: "the limit when more is asked for", asked: 365 * 24 * HOUR, is: 30 * 24 * HOUR },
  ];
  for (const { why, asked, is } of rows) {
    it(`is ${why}`, () => {
      assert.equal(lifetimeSecondsOf(asked, limits), is);
    });
  }

  it("keeps a default beyond the limit within it", () => {
    assert.equal(lifetimeSecondsOf(undefined, { defaultLifetimeSeconds: 900, maxLifetimeSeconds: 600 }), 600);
  });
});

describe("renewalWindow (Kubernetes' 70 to 90 percent)", () => {
  const validity = { notBefore: new Date("2030-01-01T00:00:00Z"), notAfter: new Date("2030-01-11T00:00:00Z") };

  it("begins where the node's place is, and ends at nine tenths", () => {
    assert.deepEqual(renewalWindow(validity, 0), {
      renewAfter: new Date("2030-01-08T00:00:00Z"),
      renewBefore: new Date("2030-01-10T00:00:00Z"),
    });
    assert.deepEqual(renewalWindow(validity, 0.5).renewAfter, new Date("2030-01-09T00:00:00Z"));
  });

  it("never begins before 70 percent nor after 90, for any node", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (spread) => {
        const { renewAfter, renewBefore } = renewalWindow(validity, spread);
        assert.ok(renewAfter >= new Date("2030-01-07T23:59:59Z") && renewAfter <= renewBefore);
      }),
    );
  });
});
