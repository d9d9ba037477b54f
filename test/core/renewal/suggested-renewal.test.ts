import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { DEFAULT_POLICY, RULE_DEFAULTS, type Policy } from "../../../core/policy/policy.ts";
import { KUBELET_CLIENT_SIGNER } from "../../../core/certificate/profile.ts";
import { renewalCalendar } from "../../../core/renewal/calendar.ts";
import { suggestRenewal, type RenewalFacts } from "../../../core/renewal/suggested-renewal.ts";
import { reservation } from "../../support/stored-records.ts";

const START = Date.parse("2030-05-05T12:00:00Z");
const hour = (hours: number): Date => new Date(START + hours * 3600_000);
const hoursAfterStart = (at: Date): number => (at.getTime() - START) / 3600_000;

/** A certificate of 24 hours that was to be renewed after 14. */
function facts(changes: Partial<RenewalFacts> = {}, renewAfter = hour(14)): RenewalFacts {
  return {
    reservation: reservation({ notBefore: hour(0), notAfter: hour(24), renewAfter }),
    nodeName: "n1.example",
    signerName: KUBELET_CLIENT_SIGNER,
    policy: DEFAULT_POLICY,
    retiringSince: undefined,
    request: undefined,
    ...changes,
  };
}

const direct = (given: RenewalFacts, now: Date) => suggestRenewal(given, renewalCalendar(), now);

const allowing = (maxLifetimeSeconds: number): Policy => ({
  ...DEFAULT_POLICY,
  rules: [{ ...RULE_DEFAULTS, name: "r", group: "g", signerName: KUBELET_CLIENT_SIGNER, maxLifetimeSeconds }],
});

describe("when a certificate is to be renewed", () => {
  it("is as it was said at issue while nothing has changed", () => {
    const said = { renewAfter: hour(14), renewBefore: hour(16), reason: undefined };
    assert.deepEqual(direct(facts(), hour(3)), said);
    assert.deepEqual(direct(facts({ policy: allowing(86_400) }), hour(3)), said);
  });

  const asked = (at: number, until: number) => ({ request: { at: hour(at), until: hour(until), by: "ada" } });

  it("is when an operator asks for it: spread over the time given, at once for those who hear of it later", () => {
    const calendar = renewalCalendar();
    const minutes = new Map<number, number>();
    for (let index = 0; index < 1200; index++) {
      const given = { ...facts(asked(3, 5)), nodeName: `node-${index}` };
      const { renewAfter, reason } = suggestRenewal(given, calendar, hour(3));
      assert.equal(reason, "operator_request");
      assert.ok(renewAfter >= hour(3) && renewAfter <= hour(5), renewAfter.toISOString());
      const minute = Math.floor(hoursAfterStart(renewAfter) * 60);
      minutes.set(minute, (minutes.get(minute) ?? 0) + 1);
    }
    assert.ok(minutes.size >= 119, `${minutes.size} minutes are used`);
    assert.ok(
      Math.max(...minutes.values()) <= 15,
      `${Math.max(...minutes.values())} in the worst minute, 10 in the mean`,
    );
    assert.deepEqual(direct(facts(asked(3, 5)), hour(9)).renewAfter, hour(9), "nobody who hears late is sent away");
    assert.deepEqual(direct(facts(asked(3, 3)), hour(4)).renewAfter, hour(4));
  });

  it("is what comes first, an operator's override or what the service does by itself", () => {
    const retiring = direct(facts({ retiringSince: hour(-6), ...asked(3, 14) }, hour(14)), hour(2));
    const alone = direct(facts({ retiringSince: hour(-6) }, hour(14)), hour(2));
    assert.ok(retiring.renewAfter <= alone.renewAfter);
    const overdue = direct(facts(asked(15, 15), hour(14)), hour(16));
    assert.deepEqual([overdue.renewAfter <= hour(16), overdue.reason], [true, "operator_request"]);
  });

  it("is as if it had got what policy gives now, if that is less", () => {
    const { renewAfter, reason } = direct(facts({ policy: allowing(12 * 3600) }), hour(1));
    assert.equal(reason, "lifetime_shortened");
    assert.ok(hoursAfterStart(renewAfter) >= 5.6 && hoursAfterStart(renewAfter) <= 8.1, renewAfter.toISOString());
  });

  it("is not hurried by a policy that would renew nothing at all", () => {
    assert.equal(direct(facts({ policy: { ...DEFAULT_POLICY, rules: [] } }), hour(1)).reason, undefined);
  });

  it("takes three quarters of the time that was left, once all have heard that its CA is retiring", () => {
    const { renewAfter, reason } = direct(facts({ retiringSince: hour(1) }), hour(2));
    assert.deepEqual({ renewAfter, reason }, { renewAfter: hour(8 + 6 * 0.75), reason: "authority_retiring" });
    const early = direct(facts({ retiringSince: hour(1) }, hour(7)), hour(2));
    assert.deepEqual(early.renewAfter, hour(7), "before all have heard, nothing is hurried");
  });

  it("is never later than was said, unless that is past; and then leaves time before expiry", () => {
    const hours = fc.integer({ min: 0, max: 23 * 60 }).map((minutes) => minutes / 60);
    const since = fc.option(hours, { nil: undefined });
    fc.assert(
      fc.property(
        hours,
        hours,
        since,
        fc.constantFrom(600, 7200, 86_400),
        since,
        (renewAfter, now, retiring, lifetime, word) => {
          const given = facts(
            {
              retiringSince: retiring === undefined ? undefined : hour(retiring),
              policy: allowing(lifetime),
              ...(word === undefined ? {} : asked(word, word + lifetime / 3600)),
            },
            hour(renewAfter),
          );
          const { renewAfter: directed, renewBefore } = direct(given, hour(now));
          if (renewAfter > now) assert.ok(directed <= hour(renewAfter));
          else assert.ok(hoursAfterStart(directed) <= Math.max(renewAfter, now + (24 - now) * 0.95));
          assert.ok(directed <= renewBefore || hoursAfterStart(renewBefore) >= 15.9);
          assert.ok(directed < hour(24));
        },
      ),
    );
  });
});

describe("after an outage", () => {
  it("those who are overdue get times of their own, the sooner the less they have left", () => {
    const calendar = renewalCalendar();
    const now = hour(22);
    const times = Array.from({ length: 400 }, (_, index) => {
      const nodeName = `node-${index}`;
      const left = index < 200 ? 2 : 10;
      const reserved = reservation({ notBefore: hour(left - 2), notAfter: hour(22 + left), renewAfter: hour(20) });
      return suggestRenewal({ ...facts(), nodeName, reservation: reserved }, calendar, now);
    });
    assert.ok(times.every(({ reason }) => reason === "overdue"));
    const [short, long] = [times.slice(0, 200), times.slice(200)].map((part) =>
      part.map(({ renewAfter }) => hoursAfterStart(renewAfter) - 22),
    );
    assert.ok(short && long);
    assert.ok(Math.min(...short) >= 0.19 && Math.max(...short) <= 1.9, `${Math.min(...short)} ${Math.max(...short)}`);
    assert.ok(Math.min(...long) >= 0.99 && Math.max(...long) <= 9.4, `${Math.min(...long)} ${Math.max(...long)}`);
    const perMinute = new Map<number, number>();
    for (const { renewAfter } of times) {
      const minute = Math.floor(renewAfter.getTime() / 60_000);
      perMinute.set(minute, (perMinute.get(minute) ?? 0) + 1);
    }
    assert.ok(Math.max(...perMinute.values()) <= 3, String(Math.max(...perMinute.values())));
  });

  it("nobody with hardly any time left is sent away, nor one that has expired", () => {
    assert.deepEqual(direct(facts(), hour(23.9)).renewAfter, hour(23.9));
    assert.deepEqual(direct(facts(), hour(30)).renewAfter, hour(30));
  });
});
