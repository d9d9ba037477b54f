import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BACKDATE_SECONDS, MIN_LIFETIME_SECONDS } from "../../../core/certificate/validity.ts";
import { DEFAULT_POLICY, type Policy } from "../../../core/policy/policy.ts";
import { overdueSince } from "../../../core/renewal/overdue-renewal.ts";
import { renewalInfo } from "../../../core/renewal/renewal-info.ts";
import { requestRenewal } from "../../../core/renewal/request-renewal.ts";
import { issuanceHarness } from "../../support/issuance-harness.ts";
import { certificateIn } from "../../support/node-requests.ts";

const SHORT: Policy = {
  ...DEFAULT_POLICY,
  rules: DEFAULT_POLICY.rules.map((rule) => ({
    ...rule,
    defaultLifetimeSeconds: MIN_LIFETIME_SECONDS,
    maxLifetimeSeconds: MIN_LIFETIME_SECONDS,
  })),
};
const AGENT = { version: "0.1.0", trustBundleSequence: 1 };

/** A fleet: each name has a place of its own in the window. */
const NAMES = Array.from({ length: 64 }, (_, index) => `rack-${index}.example`);

async function joined(nodeName: string) {
  const harness = await issuanceHarness({ policy: SHORT });
  const answer = await harness.enrol({ token: await harness.newToken(), key: "k1", nodeName });
  const { reservation } = answer.record;
  assert.ok(reservation && answer.issued);
  const at = reservation.at.getTime();
  const secondsAfterIssue = (time: Date): number => (time.getTime() - at) / 1000;
  return { harness, answer, reservation, window: answer.issued, secondsAfterIssue };
}

describe("a certificate of ten minutes", () => {
  it("is backdated like a long one, and lives its ten minutes from its issue", async () => {
    const { reservation, secondsAfterIssue } = await joined("rack-0.example");
    assert.ok(Math.abs(secondsAfterIssue(reservation.notBefore) + BACKDATE_SECONDS) <= 1);
    assert.ok(Math.abs(secondsAfterIssue(reservation.notAfter) - MIN_LIFETIME_SECONDS) <= 1);
  });

  it("is renewed in the same part of its life as one of a day: never in the past, and a third is left", async () => {
    for (const nodeName of NAMES) {
      const { harness, answer, window, secondsAfterIssue } = await joined(nodeName);
      const first = secondsAfterIssue(window.renewAfter);
      assert.ok(first >= 129 && first <= 400, `${nodeName}: ${first} s after its issue`);
      assert.ok(Math.abs(secondsAfterIssue(window.renewBefore) - 400) <= 1);
      harness.clock.advance(first);
      const renewed = await harness.renew({ certificate: certificateIn(answer), key: "k2", nodeName });
      assert.ok(renewed.issued);
      const next = secondsAfterIssue(renewed.issued.renewAfter) - first;
      assert.ok(next >= 279 && next <= 400, `${nodeName}: ${next} s after its renewal`);
    }
  });

  it("is never told a time that has passed, nor to ask again after its end", async () => {
    const { harness, answer, reservation } = await joined("rack-1.example");
    for (let age = 0; age < MIN_LIFETIME_SECONDS; age += 30) {
      const { suggestion, pollAfterSeconds } = await renewalInfo(harness.services, answer.record.name);
      const now = harness.clock.now().getTime();
      assert.ok(suggestion.renewAfter.getTime() > now - 1000, `${age} s: ${suggestion.renewAfter.toISOString()}`);
      assert.ok(suggestion.renewBefore >= suggestion.renewAfter);
      assert.ok(suggestion.renewAfter <= reservation.notAfter);
      const left = (reservation.notAfter.getTime() - now) / 1000;
      assert.ok(pollAfterSeconds <= Math.max(300, left), `${age} s: ask again in ${pollAfterSeconds} s`);
      harness.clock.advance(30);
    }
  });

  it("is renewed at once by an operator's override that it hears of late", async () => {
    const { harness, answer } = await joined("rack-2.example");
    await requestRenewal(harness.services, "rack-2.example", 0, "ada");
    harness.clock.advance(60);
    const { suggestion } = await renewalInfo(harness.services, answer.record.name);
    assert.equal(suggestion.reason, "operator_request");
    assert.equal(suggestion.renewAfter.getTime(), Math.floor(harness.clock.now().getTime() / 1000) * 1000);
  });

  it("is overdue after its window, with time left to act", async () => {
    const { reservation, secondsAfterIssue } = await joined("rack-3.example");
    const since = secondsAfterIssue(overdueSince(reservation, AGENT));
    assert.ok(since > 400 && since <= 451, `${since} s after its issue`);
    // A kubelet counts from the start that it reads.
    const ofKubelet = secondsAfterIssue(overdueSince(reservation, undefined));
    assert.ok(ofKubelet > 509 && ofKubelet < 600, `${ofKubelet} s after its issue`);
  });

  it("recovers after it ended, by policy, as a long one does", async () => {
    const { harness, answer } = await joined("rack-4.example");
    await harness.confirm(answer.record.name, certificateIn(answer));
    harness.clock.advance(MIN_LIFETIME_SECONDS + 3600);
    const renewed = await harness.renew({ certificate: certificateIn(answer), key: "k2", nodeName: "rack-4.example" });
    assert.ok(renewed.isNew);
  });
});
