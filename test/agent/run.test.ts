import assert from "node:assert/strict";
import { readFileSync, renameSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { Health } from "../../agent/directory/health-file.ts";
import { pairFiles, testNode } from "./support/joined-node.ts";
import { DAY, healthOf, HOUR, named, runningNode } from "./support/running-node.ts";
import type { Fault } from "./support/service-fault.ts";

describe("nodeseal-agent run", () => {
  it("renews for thirty days, always inside 70 to 90 percent of the lifetime", async (t) => {
    const node = await runningNode(t);
    const events = await node.runFor(30 * DAY);
    const renewals = named(events, "renewed");
    assert.ok(renewals.length >= 32 && renewals.length <= 44, `${renewals.length} renewals`);
    assert.deepEqual(node.service.copiesSeen, []);
    assert.deepEqual(new Set(events.map(({ level }) => level)), new Set(["info"]));
    for (const [index, { time }] of renewals.entries()) {
      const before = [...node.service.issuances.values()][index]?.certificate;
      const [start, end] = [new Date(before?.validFrom ?? 0).getTime(), new Date(before?.validTo ?? 0).getTime()];
      const share = (new Date(time).getTime() - start) / (end - start);
      assert.ok(share >= 0.7 && share < 0.901, `renewal ${index} at ${share}`);
    }
    assert.equal(pairFiles(node.directory).length, 5);
    assert.deepEqual([healthOf(node).status, healthOf(node).failures], ["stopped", 0]);
  });

  it("renews when the service says so", async (t) => {
    const node = await testNode(t);
    node.service.renewAfterShare = 0.25;
    await node.join();
    node.clock.after(2 * DAY, () => node.stop());
    await node.run("run");
    assert.ok(node.service.issuances.size >= 8, `${node.service.issuances.size} certificates`);
  });

  it("is idle between its few looks at the directory, and asks for news four times a day", async (t) => {
    const node = await runningNode(t);
    node.service.lifetimeSeconds = 365 * DAY;
    await node.runFor(DAY);
    node.service.requests.length = 0;
    node.clock.slept.length = 0;
    await node.runFor(10 * DAY);
    assert.ok(node.service.requestsTo("window").length <= 50);
    assert.equal(node.service.requests.length, node.service.requestsTo("window").length);
    assert.ok(node.clock.slept.length <= 10 * 144 + 60, `${node.clock.slept.length} checks`);
  });

  it("brings the trust bundle within hours of a change, before any renewal", async (t) => {
    const node = await runningNode(t);
    node.clock.after(2 * HOUR, () => void node.service.rollAuthority());
    const events = await node.runFor(10 * HOUR);
    assert.deepEqual(
      named(events, "trust_bundle_updated").map(({ sequence }) => sequence),
      [2],
    );
    assert.equal(named(events, "renewed").length, 0);
    const told = node.service.requestsTo("confirm").map(({ body }) => JSON.parse(body ?? "{}") as object);
    assert.equal((told.at(-1) as { trustBundleSequence?: number }).trustBundleSequence, 2, "and the service is told");
  });

  it("checks at once when it is told to", async (t) => {
    const node = await runningNode(t);
    node.service.fail(
      "renew",
      ...Array.from({ length: 30 }, (): Fault => ({ status: 503, headers: { "retry-after": "3000" } })),
    );
    let told = 0;
    node.clock.after(22 * HOUR, () => {
      told = node.service.requestsTo("renew").length;
      node.service.faults.clear();
      node.checkNow();
    });
    const events = await node.runFor(22 * HOUR + 5);
    assert.equal(node.service.requestsTo("renew").length, told + 1);
    assert.equal(named(events, "check").length, 1);
    assert.equal(named(events, "renewed").length, 1);
  });

  it("does not start where nobody has joined", async (t) => {
    const node = await testNode(t);
    const { exitStatus, stderr } = await node.run("run");
    assert.equal(exitStatus, 1);
    assert.match(stderr, /no node has joined in .*; run nodeseal-agent join first/);
  });

  it("runs the hook after each new certificate, the one it finds included, and again when it failed", async (t) => {
    const node = await runningNode(t);
    const [log, flag] = [join(node.directory, "hook.log"), join(node.directory, "fail")];
    const hook = `echo "$NODESEAL_SERIAL_NUMBER" >> ${log}; test ! -e ${flag}`;
    const events = await node.runFor(2 * DAY, "--exec", hook);
    const told = readFileSync(log, "utf8").trim().split("\n");
    const issued = [...node.service.issuances.values()].map(({ certificate }) =>
      certificate?.serialNumber.toLowerCase(),
    );
    assert.deepEqual(told, issued);
    assert.equal(named(events, "hook_done").length, issued.length);

    unlinkSync(log);
    renameSync(join(node.directory, "trust-bundle.pem"), flag);
    node.clock.after(22 * HOUR, () => renameSync(flag, join(node.directory, "trust-bundle.pem")));
    const failing = await node.runFor(2 * DAY, "--exec", hook);
    assert.ok(named(failing, "hook_failed").length >= 2);
    assert.equal(new Set(readFileSync(log, "utf8").trim().split("\n")).size, named(failing, "hook_done").length);
  });

  it("writes its health for monitoring", async (t) => {
    const node = await runningNode(t);
    const seen: Health[] = [];
    const look = (): void => {
      seen.push(healthOf(node));
      const ageSeconds = (node.clock.now().getTime() - new Date(healthOf(node).checkedAt).getTime()) / 1000;
      assert.ok(ageSeconds <= 600, `${ageSeconds} s old`);
    };
    node.clock.after(12 * HOUR, look);
    node.service.fail("renew", ...Array.from({ length: 5000 }, (): Fault => ({ status: 503, code: "signer_busy" })));
    node.clock.after(22 * HOUR, look);
    node.clock.after(25 * HOUR, look);
    await node.runFor(26 * HOUR);
    const [idle, retrying, expired] = seen;
    assert.partialDeepStrictEqual(idle, { status: "ok", failures: 0, nodeName: "n1", trustBundleSequence: 1 });
    assert.equal(retrying?.status, "retrying");
    assert.match(retrying.error ?? "", /503 signer_busy/);
    assert.equal(expired?.status, "expired");
  });
});
