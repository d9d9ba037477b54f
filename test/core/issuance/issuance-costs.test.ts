import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { issuanceHarness } from "../../support/issuance-harness.ts";
import { certificateIn } from "../../support/node-requests.ts";
import { roundTripsOf, StepScheduler } from "../../support/step-scheduler.ts";

describe("issuing costs", () => {
  it("four round trips and eight calls for a first certificate", async () => {
    const scheduler = new StepScheduler();
    const harness = await issuanceHarness({ gate: scheduler.gateFor(0) });
    const token = await harness.newToken({ maxUses: 1 });
    assert.equal(await roundTripsOf(scheduler, harness.enrol({ token, key: "k1" })), 4);
    assert.equal(harness.calls.length, 8);
  });

  it("one call less with a token of unlimited uses", async () => {
    const harness = await issuanceHarness();
    await harness.enrol({ token: await harness.newToken(), key: "k1" });
    assert.equal(harness.calls.length, 7);
  });

  it("one round trip and no write for a retry", async () => {
    const scheduler = new StepScheduler();
    const harness = await issuanceHarness({ gate: scheduler.gateFor(0) });
    const token = await harness.newToken({ maxUses: 1 });
    await roundTripsOf(scheduler, harness.enrol({ token, key: "k1" }));
    harness.calls.length = 0;
    assert.equal(await roundTripsOf(scheduler, harness.enrol({ token, key: "k1" })), 1);
    assert.deepEqual(harness.calls, ["tokens.read", "ledger.read", "nodes.read"]);
  });

  it("three round trips and four calls for a renewal, and one for its confirmation", async () => {
    const scheduler = new StepScheduler();
    const harness = await issuanceHarness({ gate: scheduler.gateFor(0) });
    const first = harness.enrol({ token: await harness.newToken(), key: "k1" });
    await roundTripsOf(scheduler, first);
    const { record } = await first;
    const certificate = certificateIn(await first);
    assert.equal(await roundTripsOf(scheduler, harness.confirm(record.name, certificate)), 1);
    harness.calls.length = 0;
    assert.equal(await roundTripsOf(scheduler, harness.renew({ certificate, key: "k2" })), 3);
    assert.deepEqual(harness.calls, ["ledger.reserve", "nodes.succeed", "signer.sign", "ledger.complete"]);
  });
});
