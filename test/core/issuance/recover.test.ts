import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { allowRecovery } from "../../../core/claim/allow-recovery.ts";
import type { Der } from "../../../core/asn1/der.ts";
import { LAPSE_SECONDS } from "../../../core/ledger/node-record.ts";
import { DEFAULT_POLICY, type Policy, type PolicyRule } from "../../../core/policy/policy.ts";
import { releaseNode, revokeCertificate, revokeNode } from "../../../core/revocation/revoke.ts";
import { NOW } from "../../support/authorities.ts";
import { issuanceHarness, writesOf, type IssuanceHarness } from "../../support/issuance-harness.ts";
import { certificateIn } from "../../support/node-requests.ts";

const DAY = 24 * 3600;
const NODE = "n1.example";
/** The shipped policy's certificates live seven days, and recover for thirty. */
const LIFETIME = 7 * DAY;

/** The shipped policy, with other words for the rule by which nodes renew. */
function policyWith(changes: Partial<PolicyRule>): Policy {
  const rules = DEFAULT_POLICY.rules.map((rule) => (rule.name === "selfnodeclient" ? { ...rule, ...changes } : rule));
  return { ...DEFAULT_POLICY, rules };
}

interface AbsentNode {
  readonly harness: IssuanceHarness;
  readonly certificate: Der;
}

/** A node that joined, confirmed, and was off until so long after its certificate ended. */
async function absentNode(secondsAfterExpiry: number, policy = DEFAULT_POLICY): Promise<AbsentNode> {
  const harness = await issuanceHarness({ policy });
  const answer = await harness.enrol({ token: await harness.newToken(), key: "k1" });
  const certificate = certificateIn(answer);
  await harness.confirm(answer.record.name, certificate);
  harness.clock.advance(LIFETIME + secondsAfterExpiry);
  return { harness, certificate };
}

const events = ({ audit }: IssuanceHarness, name: string) => audit.filter(({ event }) => event === name);

describe("a node that was off too long", () => {
  it("comes back by itself inside the window, and that is an event", async () => {
    const { harness, certificate } = await absentNode(29 * DAY);
    const answer = await harness.renew({ certificate, key: "k2" });
    assert.ok(answer.isNew);
    const [event, ...others] = events(harness, "certificate_recovered");
    assert.deepEqual(others, []);
    assert.equal(event?.nodeName, NODE);
    assert.equal(event.serialNumber, answer.record.reservation?.serialNumber);
    const node = await harness.stores.nodes.read(NODE);
    assert.equal(event.presentedSerialNumber, node?.anchor?.serialNumber);
    assert.equal(node?.lastRecovery?.count, 1);
  });

  it("is refused outside it, without a write, and told what helps", async () => {
    const { harness, certificate } = await absentNode(31 * DAY);
    harness.calls.length = 0;
    await assert.rejects(harness.renew({ certificate, key: "k2" }), {
      code: "certificate_expired",
      rule: "selfnodeclient",
      message: /it could recover until .*nodeseal node allow-recovery n1\.example/,
    });
    assert.deepEqual(writesOf(harness.calls), []);
  });

  it("is refused where policy has no window", async () => {
    const { harness, certificate } = await absentNode(1, policyWith({ recoverySeconds: 0 }));
    await assert.rejects(harness.renew({ certificate, key: "k2" }), { code: "certificate_expired" });
  });

  it("comes back after 400 days by an operator's override, once", async () => {
    const { harness, certificate } = await absentNode(400 * DAY);
    const until = new Date(harness.clock.now().getTime() + DAY * 1000);
    await allowRecovery(harness.services, NODE, { until, recoveries: 1 }, "ada");
    const answer = await harness.renew({ certificate, key: "k2" });
    assert.ok(answer.isNew);
    assert.equal((await harness.stores.nodes.read(NODE))?.recoveryAllowance, undefined);
    harness.clock.advance(120);
    await assert.rejects(harness.renew({ certificate, key: "k3" }), { code: "certificate_expired" });
  });

  it("gets the same certificate when it did not hear of it, and is counted once", async () => {
    const { harness, certificate } = await absentNode(DAY);
    const first = await harness.renew({ certificate, key: "k2" });
    const again = await harness.renew({ certificate, key: "k2" });
    assert.deepEqual(certificateIn(again), certificateIn(first));
    assert.equal((await harness.stores.nodes.read(NODE))?.lastRecovery?.count, 1);
  });

  for (const call of ["ledger.reserve", "nodes.write", "signer.sign", "ledger.complete"]) {
    it(`comes back when the function died at ${call}, and is counted once`, async () => {
      const { harness, certificate } = await absentNode(DAY);
      harness.failures.add(call);
      await assert.rejects(harness.renew({ certificate, key: "k2" }));
      harness.clock.advance(LAPSE_SECONDS + 5);
      assert.ok(await harness.renew({ certificate, key: "k2" }));
      assert.equal((await harness.stores.nodes.read(NODE))?.lastRecovery?.count, 1);
    });
  }

  it("is held back when it lost answer and key, then helped", async () => {
    const { harness, certificate } = await absentNode(DAY);
    await harness.renew({ certificate, key: "lost" });
    harness.clock.advance(1);
    await assert.rejects(harness.renew({ certificate, key: "k2" }), { code: "rate_limited", retryAfterSeconds: 59 });
    harness.clock.advance(59);
    assert.ok(await harness.renew({ certificate, key: "k2" }));
    assert.equal((await harness.stores.nodes.read(NODE))?.lastRecovery?.count, 2);
  });

  it("comes back three times in a row, and not a fourth time without a renewal in time", async () => {
    const { harness, certificate } = await absentNode(DAY);
    let presented = certificate;
    for (const key of ["k2", "k3", "k4"]) {
      const answer = await harness.renew({ certificate: presented, key });
      presented = certificateIn(answer);
      await harness.confirm(answer.record.name, presented);
      harness.clock.advance(LIFETIME + DAY);
    }
    await assert.rejects(harness.renew({ certificate: presented, key: "k5" }), { code: "certificate_expired" });
  });

  it("comes back every week for ever when it also renews in time", async () => {
    const { harness, certificate } = await absentNode(DAY);
    let presented = certificate;
    for (let week = 0; week < 6; week++) {
      const recovered = await harness.renew({ certificate: presented, key: `k${week}` });
      harness.clock.advance(5 * DAY);
      presented = certificateIn(await harness.renew({ certificate: certificateIn(recovered), key: `l${week}` }));
      harness.clock.advance(LIFETIME + DAY);
    }
  });

  it("comes back when it was off before it heard of its renewal, with the key it kept: as often as it takes", async () => {
    const { harness, certificate } = await absentNode(-DAY);
    let last = await harness.renew({ certificate, key: "kept" });
    for (let time = 1; time <= 3; time++) {
      harness.clock.advance(LIFETIME + DAY);
      const answer = await harness.renew({ certificate, key: "kept" });
      assert.ok(answer.isNew);
      assert.notEqual(answer.record.name, last.record.name);
      assert.equal((await harness.stores.nodes.read(NODE))?.lastRecovery?.count, time);
      assert.deepEqual(certificateIn(await harness.renew({ certificate, key: "kept" })), certificateIn(answer));
      last = answer;
    }
    assert.deepEqual(events(harness, "certificate_superseded_used"), []);
    // With another key it is what it looks like: an old certificate.
    await assert.rejects(harness.renew({ certificate, key: "another" }), { code: "certificate_superseded" });
  });

  it("is refused when it was revoked meanwhile, by certificate or by name", async () => {
    const one = await absentNode(DAY);
    const { serialNumber } = (await one.harness.stores.nodes.read(NODE))?.anchor ?? {};
    assert.ok(serialNumber);
    const filter = { expiresFrom: NOW, expiresUntil: new Date(NOW.getTime() + 30 * DAY * 1000) };
    await revokeCertificate(one.harness.services, serialNumber, filter, "keyCompromise", "ada");
    const other = await absentNode(DAY);
    await revokeNode(other.harness.services, NODE, "keyCompromise", "ada");
    for (const { harness, certificate } of [one, other]) {
      await assert.rejects(harness.renew({ certificate, key: "k2" }), { code: "certificate_revoked" });
    }
  });

  it("is refused and reported when its name was taken by a token meanwhile", async () => {
    const { harness, certificate } = await absentNode(DAY);
    await harness.enrol({ token: await harness.newToken(), key: "successor" });
    await assert.rejects(harness.renew({ certificate, key: "k2" }), { code: "certificate_superseded" });
    assert.equal(events(harness, "certificate_superseded_used").length, 1);
    assert.equal((await harness.stores.nodes.read(NODE))?.supersededUse?.count, 1);
  });

  it("is refused when its name was released, and accused of nothing", async () => {
    const { harness, certificate } = await absentNode(DAY);
    await releaseNode(harness.services, NODE, "ada");
    const renewal = harness.renew({ certificate, key: "k2" });
    await assert.rejects(renewal, { code: "certificate_superseded", message: /was released by an operator/ });
    assert.equal(events(harness, "certificate_superseded_used").length, 0);
    assert.equal((await harness.stores.nodes.read(NODE))?.supersededUse, undefined);
  });

  it("is not put aside by a token's request that came to nothing", async () => {
    const { harness, certificate } = await absentNode(DAY);
    harness.failures.add("signer.sign");
    await assert.rejects(harness.enrol({ token: await harness.newToken(), key: "never" }));
    await assert.rejects(harness.renew({ certificate, key: "k2" }), { code: "request_in_progress" });
    harness.clock.advance(LAPSE_SECONDS);
    assert.ok(await harness.renew({ certificate, key: "k2" }));
  });

  it("fills nobody's desk with what could not be signed if it were approved", async () => {
    const { harness, certificate } = await absentNode(31 * DAY, policyWith({ approval: "manual" }));
    await assert.rejects(harness.renew({ certificate, key: "k2" }), { code: "certificate_expired" });
    const waiting = await harness.stores.ledger.listRequests(undefined, { limit: 10, cursor: undefined });
    assert.deepEqual(waiting.items, []);
  });

  it("recovers one certificate, however many ask at once with as many keys", async () => {
    const { harness, certificate } = await absentNode(DAY);
    const keys = Array.from({ length: 8 }, (_, index) => `rival-${index}`);
    const outcomes = await Promise.allSettled(keys.map((key) => harness.renew({ certificate, key })));
    assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 1);
    assert.equal((await harness.stores.nodes.read(NODE))?.lastRecovery?.count, 1);
  });
});
