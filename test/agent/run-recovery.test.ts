import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { currentCertificate } from "./support/joined-node.ts";
import { DAY, healthOf, HOUR, named, runningNode } from "./support/running-node.ts";

describe("nodeseal-agent run, after a long absence", () => {
  it("comes back by itself where the service lets it, and says so", async (t) => {
    const node = await runningNode(t);
    node.service.recovers = true;
    node.clock.advance(400 * DAY);
    const events = await node.runFor(HOUR);
    const [expired] = named(events, "expired");
    assert.equal(expired?.level, "warn");
    assert.match(String(expired["next"]), /asking the service to let it recover/);
    assert.equal(named(events, "recovered").length, 1);
    assert.deepEqual([named(events, "renewed"), named(events, "recovery_failed")], [[], []]);
    assert.ok(new Date(currentCertificate(node.directory).validTo) > node.clock.now());
    assert.equal(healthOf(node).status, "stopped");
  });

  it("says what helps where the service does not, asks every quarter of an hour, and comes back once an operator allows it", async (t) => {
    const node = await runningNode(t);
    node.clock.advance(400 * DAY);
    node.clock.after(6 * HOUR, () => {
      assert.partialDeepStrictEqual(healthOf(node), { status: "expired", refusalCode: "certificate_expired" });
      node.service.recovers = true;
    });
    const events = await node.runFor(8 * HOUR);
    const failures = named(events, "recovery_failed");
    assert.partialDeepStrictEqual(failures[0], { level: "error", code: "certificate_expired" });
    assert.match(String(failures[0]?.["error"]), /nodeseal node allow-recovery n1/);
    // Capped at a quarter of an hour, jittered down to half of that.
    assert.ok(failures.length >= 24 && failures.length <= 60, `${failures.length} attempts in six hours`);
    assert.equal(named(events, "expired").length, 1, "it is said once");
    const [recovered] = named(events, "recovered");
    const started = new Date(events[0]?.time ?? 0).getTime();
    const after = (new Date(recovered?.time ?? 0).getTime() - started) / 1000 - 6 * HOUR;
    assert.ok(after >= 0 && after <= 900, `${after} s after it was allowed`);
  });

  it("waits as long as the service asks between two recoveries", async (t) => {
    const node = await runningNode(t);
    node.service.recovers = true;
    node.clock.advance(400 * DAY);
    node.service.fail("renew", { status: 429, code: "rate_limited", headers: { "retry-after": "1800" } });
    const events = await node.runFor(2 * HOUR);
    const [failure] = named(events, "recovery_failed");
    assert.ok(Number(failure?.["retryInSeconds"]) >= 1800);
    assert.equal(named(events, "recovered").length, 1);
  });

  it("asks with the same key after a lost answer: one recovery, not two", async (t) => {
    const node = await runningNode(t);
    node.service.recovers = true;
    node.clock.advance(400 * DAY);
    node.service.fail("renew", "lost answer");
    const events = await node.runFor(HOUR);
    assert.equal(named(events, "recovered").length, 1);
    assert.equal(node.service.issuances.size, 2);
    assert.deepEqual(node.service.copiesSeen, []);
  });
});
