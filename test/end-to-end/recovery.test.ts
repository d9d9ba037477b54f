import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { DEFAULT_POLICY, type PolicyRule } from "../../core/policy/policy.ts";
import { absentFleet, DAY, type AbsentFleet, type Machine } from "../support/absent-fleet.ts";

/** Of the shipped policy's certificates. */
const LIFETIME = 7 * DAY;

async function assertUsable(fleet: AbsentFleet, machine: Machine): Promise<void> {
  const { validTo } = new X509Certificate(readFileSync(join(machine.directory, "kubelet-client-current.pem")));
  assert.ok(new Date(validTo) > fleet.time.now());
  assert.equal((await machine.agent("status")).status, 0);
}

function policyWith(changes: Partial<PolicyRule>): unknown {
  const rules = DEFAULT_POLICY.rules.map((rule) => (rule.name === "selfnodeclient" ? { ...rule, ...changes } : rule));
  return { ...DEFAULT_POLICY, rules };
}

describe("nodes that were off too long, with the shipped policy", () => {
  let fleet: AbsentFleet;
  before(async () => void (fleet = await absentFleet()));
  after(() => fleet.close());

  it("come back by themselves inside the window, and that is an event", async () => {
    const machine = await fleet.join("ten-days.example");
    await fleet.time.travel(LIFETIME + 3 * DAY);
    const { status, stdout, stderr } = await machine.agent("renew");
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^recovered system:node:ten-days\.example$/m);
    await assertUsable(fleet, machine);
    assert.match(fleet.service.output(), /"event":"certificate_recovered"[^\n]*ten-days\.example/);
    assert.match(
      await fleet.operator("node", "show", "ten-days.example"),
      /^Recovered: +\S+Z \([^)]* ago\), 1 in a row/m,
    );
  });

  it("are told after 400 days what helps; and come back once an operator allows it", async () => {
    const machine = await fleet.join("drawer.example");
    await fleet.time.travel(400 * DAY);
    assert.equal((await machine.agent("status")).status, 3);
    const refused = await machine.agent("renew");
    assert.equal(refused.status, 3);
    assert.match(refused.stderr, /has expired, .*allow-recovery drawer\.example/);
    const shown = await fleet.operator("node", "show", "drawer.example");
    assert.match(shown, /^State: +Expired$/m);
    assert.match(shown, /^Not after: +\S+Z \(\d+d ago\)$/m);

    const allowed = await fleet.operator("node", "allow-recovery", "drawer.example", "--for", "24h");
    assert.match(allowed, /^node drawer\.example may recover once until /);
    assert.match(await fleet.operator("node", "show", "drawer.example"), /^May recover: +once until .*by arn:aws:iam/m);
    const { status, stdout, stderr } = await machine.agent("renew");
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^recovered system:node:drawer\.example$/m);
    await assertUsable(fleet, machine);
    assert.match(await fleet.operator("node", "show", "drawer.example"), /^May recover: +as policy says$/m);
    assert.match(fleet.service.output(), /"event":"node_recovery_allowed"/);
  });

  it("come back while `run` waits for the operator's override", async () => {
    const machine = await fleet.join("waiting.example");
    await fleet.time.travel(400 * DAY);
    const agent = machine.start();
    try {
      assert.match(await agent.event("expired"), /allow-recovery waiting\.example/);
      assert.match(await agent.event("recovery_failed"), /code=certificate_expired/);
      await fleet.operator("node", "allow-recovery", "waiting.example");
      agent.process.kill("SIGHUP");
      await agent.event("recovered");
      await agent.event("confirmed");
    } finally {
      await agent.stop();
    }
    await assertUsable(fleet, machine);
  });

  it("come back three times in a row, and not a fourth", async () => {
    const machine = await fleet.join("often.example");
    for (let time = 0; time < 3; time++) {
      await fleet.time.travel(LIFETIME + DAY);
      assert.equal((await machine.agent("renew")).status, 0);
    }
    await fleet.time.travel(LIFETIME + DAY);
    const refused = await machine.agent("renew");
    assert.equal(refused.status, 3);
    assert.match(refused.stderr, /it has recovered 3 times in a row, and policy allows 3/);
  });

  it("are refused, and say so, when they were revoked while `run` was at work", async () => {
    const machine = await fleet.join("revoked.example");
    const agent = machine.start();
    try {
      await agent.event("certificate");
      await fleet.operator("node", "revoke", "revoked.example", "--reason", "keyCompromise");
      await fleet.time.travel(LIFETIME - DAY / 4);
      agent.process.kill("SIGHUP");
      assert.match(await agent.event("renewal_failed"), /level=error .*code=certificate_revoked/);
      // And after it has expired it is no other answer.
      await fleet.time.travel(DAY);
      agent.process.kill("SIGHUP");
      assert.match(await agent.event("recovery_failed"), /code=certificate_revoked/);
    } finally {
      await agent.stop();
    }
    await assert.rejects(fleet.operator("node", "allow-recovery", "revoked.example"), /nothing recovers it/);
    assert.equal((await machine.agent("renew")).status, 3);
  });

  it("are the only ones: a copy of the disk is refused, live and expired, and seen in `node show`", async () => {
    const machine = await fleet.join("cloned.example");
    const copy = machine.copy();
    const { serialNumber } = new X509Certificate(readFileSync(join(copy.directory, "kubelet-client-current.pem")));
    assert.equal((await machine.agent("renew", "--force")).status, 0);
    const live = await copy.agent("renew", "--force");
    assert.deepEqual([live.status, live.stderr.includes("somebody else may hold a copy")], [1, true], live.stderr);

    await fleet.time.travel(LIFETIME + DAY);
    const expired = await copy.agent("renew");
    assert.deepEqual(
      [expired.status, expired.stderr.includes("somebody else may hold a copy")],
      [3, true],
      expired.stderr,
    );
    assert.equal((await machine.agent("renew")).status, 0, "the rightful node recovers all the same");
    const shown = await fleet.operator("node", "show", "cloned.example");
    assert.match(
      shown,
      /^Suspicious use: +a replaced certificate was used, last at \S+ \([^)]* ago\), in 2 minutes in all$/m,
    );
    assert.ok(shown.includes(`it is ${serialNumber.toLowerCase()}: somebody may hold a copy of its key`), shown);
    assert.match(fleet.service.output(), /"event":"certificate_superseded_used"[^\n]*cloned\.example/);
  });

  it("are refused once another machine has joined under their name", async () => {
    const machine = await fleet.join("taken.example");
    const old = machine.copy();
    await fleet.time.travel(LIFETIME + DAY);
    const token = (await fleet.operator("token", "create", "--node", "taken.example", "--max-uses", "1")).trim();
    assert.equal((await machine.agent("join", "--token", token, "--node", "taken.example")).status, 0);
    const refused = await old.agent("renew");
    assert.equal(refused.status, 3);
    assert.match(refused.stderr, /certificate_superseded/);
  });
});

describe("nodes that were off too long, where policy gives no window", () => {
  let fleet: AbsentFleet;
  before(async () => void (fleet = await absentFleet(policyWith({ recoverySeconds: 0 }))));
  after(() => fleet.close());

  it("are refused, and come back by an operator's override only", async () => {
    const machine = await fleet.join("off.example");
    await fleet.time.travel(LIFETIME + 60);
    const refused = await machine.agent("renew");
    assert.equal(refused.status, 3);
    assert.match(refused.stderr, /policy lets it recover by an operator's override only/);
    await fleet.operator("node", "allow-recovery", "off.example");
    await fleet.time.travel(2 * DAY);
    assert.equal((await machine.agent("renew")).status, 3, "a word for 24 h is over after two days");
    await fleet.operator("node", "allow-recovery", "off.example");
    assert.equal((await machine.agent("renew")).status, 0);
    await assertUsable(fleet, machine);
  });
});

describe("nodes that were off too long, where policy lets nothing recover", () => {
  let fleet: AbsentFleet;
  before(async () => void (fleet = await absentFleet(policyWith({ recoverySeconds: 0, recoveries: 0 }))));
  after(() => fleet.close());

  it("are refused whatever an operator says, and join again with a token", async () => {
    const machine = await fleet.join("never.example");
    await fleet.time.travel(LIFETIME + 60);
    await assert.rejects(
      fleet.operator("node", "allow-recovery", "never.example"),
      /selfnodeclient lets no certificate recover .*join never\.example again with a new token/,
    );
    const refused = await machine.agent("renew");
    assert.equal(refused.status, 3);
    assert.match(refused.stderr, /policy lets no such certificate recover/);
    const token = (await fleet.operator("token", "create", "--node", "never.example", "--max-uses", "1")).trim();
    assert.equal((await machine.agent("join", "--token", token, "--node", "never.example")).status, 0);
    await assertUsable(fleet, machine);
  });
});
