import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { withWindow } from "../../agent/issuance/renewal-info.ts";
import { nodeCertificate } from "../../agent/directory/certificate-pair.ts";
import { currentCertificate, testNode } from "./support/joined-node.ts";
import { DAY, HOUR, named, runningNode } from "./support/running-node.ts";
import type { Fault } from "./support/service-fault.ts";

describe("a renewal window that the service moves", () => {
  it("is taken when it is earlier, and the trust bundle comes with it", async (t) => {
    const node = await runningNode(t);
    const at = new Date(node.clock.now().getTime() + 9 * HOUR * 1000);
    node.clock.after(2 * HOUR, () => {
      void node.service.rollAuthority();
      node.service.windowAnswer = () => ({
        body: { renewAfter: at.toISOString(), reason: "authority_retiring", trustBundleSequence: 2 },
        retryAfterSeconds: 3600,
      });
    });
    const events = await node.runFor(10 * HOUR);
    const [moved] = named(events, "renewal_moved");
    assert.equal(moved?.["reason"], "authority_retiring");
    const [renewed] = named(events, "renewed");
    assert.ok(renewed && Math.abs(new Date(renewed.time).getTime() - at.getTime()) < 5000, renewed?.time);
    assert.equal(named(events, "trust_bundle_updated").length, 1);
  });

  it("is never taken when it is later and there is time", async (t) => {
    const node = await runningNode(t);
    const inADay = (): string => new Date(node.clock.now().getTime() + 23 * HOUR * 1000).toISOString();
    node.service.windowAnswer = () => ({
      body: { renewAfter: inADay(), trustBundleSequence: 1 },
      retryAfterSeconds: 600,
    });
    const events = await node.runFor(22 * HOUR);
    assert.equal(named(events, "renewed").length, 1);
    assert.equal(named(events, "renewal_moved").length, 0);
  });

  it("puts off a renewal that an outage has made late, key and all, and heals the health of it", async (t) => {
    const node = await runningNode(t);
    const down = Array.from({ length: 5000 }, (): Fault => "lost request");
    node.clock.after(15 * HOUR, () => {
      for (const route of ["renew", "window"] as const) node.service.fail(route, ...down);
    });
    const over = new Date(node.clock.now().getTime() + 21.7 * HOUR * 1000);
    const at = new Date(over.getTime() + 1.5 * HOUR * 1000);
    node.service.windowAnswer = () =>
      node.clock.now() < over
        ? { body: { trustBundleSequence: 1 }, retryAfterSeconds: 21_600 }
        : {
            body: { renewAfter: at.toISOString(), reason: "overdue", trustBundleSequence: 1 },
            retryAfterSeconds: 9000,
          };
    let asked = 0;
    node.clock.after(21.7 * HOUR, () => {
      node.service.faults.clear();
      asked = node.service.requestsTo("renew").length;
    });
    const events = await node.runFor(23.5 * HOUR);
    assert.ok(named(events, "renewal_failed").length > 0);
    assert.deepEqual(
      named(events, "renewal_moved").map(({ reason }) => reason),
      ["overdue"],
    );
    const [renewed] = named(events, "renewed");
    assert.ok(renewed && Math.abs(new Date(renewed.time).getTime() - at.getTime()) < 5000, renewed?.time);
    assert.equal(node.service.requestsTo("renew").length, asked + 1);
  });

  it("is not asked for when the service itself said when to come back", async (t) => {
    const node = await runningNode(t);
    const busy = (): Fault => ({ status: 503, code: "signer_busy", headers: { "retry-after": "120" } });
    node.service.fail("renew", ...Array.from({ length: 5 }, busy));
    const events = await node.runFor(22 * HOUR);
    assert.equal(named(events, "renewed").length, 1);
    assert.ok(node.service.requestsTo("window").length <= 6);
  });

  it("is what an older service does not know: the bundle is fetched as ever, and the window stays", async (t) => {
    const node = await runningNode(t);
    node.service.windowAnswer = undefined;
    node.clock.after(2 * HOUR, () => void node.service.rollAuthority());
    const events = await node.runFor(2 * DAY);
    assert.equal(named(events, "trust_bundle_updated").length, 1);
    assert.ok(named(events, "renewed").length >= 2);
    assert.deepEqual(new Set(events.map(({ level }) => level)), new Set(["info"]));
  });

  it("is looked for at once on SIGHUP", async (t) => {
    const node = await runningNode(t);
    let asked = 0;
    node.clock.after(2 * HOUR, () => {
      asked = node.service.requestsTo("window").length;
      node.checkNow();
    });
    await node.runFor(2 * HOUR + 5);
    assert.equal(node.service.requestsTo("window").length, asked + 1);
  });

  it("moves the renewal of a timer forward too, and never back", async (t) => {
    const node = await testNode(t);
    await node.join();
    const past = new Date(node.clock.now().getTime() - 1000).toISOString();
    node.service.windowAnswer = () => ({ body: { renewAfter: past, trustBundleSequence: 1 }, retryAfterSeconds: 60 });
    assert.match((await node.run("renew")).stdout, /^renewed system:node:n1$/m);
  });
});

describe("which of two times counts", () => {
  it("is the earlier; the later only in place of one that has passed, and never one without time to try again", async (t) => {
    const node = await testNode(t);
    await node.join();
    const leaf = nodeCertificate(currentCertificate(node.directory));
    const hour = (hours: number): Date => new Date(leaf.notBefore.getTime() + hours * HOUR * 1000);
    const held = {
      service: { url: "https://x/", caCertHashes: [] },
      nodeName: "n1",
      prefix: "kubelet-client",
      keyType: "P-256" as const,
      pairFiles: [],
      certificate: { serialNumber: leaf.serialNumber, requestName: "csr-x", renewAfter: hour(14), isConfirmed: true },
    };
    const rows: readonly { offered: number | undefined; now: number | undefined; expected: number }[] = [
      { offered: 10, now: undefined, expected: 10 },
      { offered: 10, now: 15, expected: 10 },
      { offered: 18, now: undefined, expected: 14 },
      { offered: 18, now: 13, expected: 14 },
      { offered: 18, now: 15, expected: 18 },
      { offered: 25, now: 15, expected: 14 },
      { offered: undefined, now: 15, expected: 14 },
    ];
    for (const { offered, now, expected } of rows) {
      const answer = {
        renewAfter: offered === undefined ? undefined : hour(offered),
        renewBefore: undefined,
        reason: undefined,
        trustBundleSequence: 1,
        retryAfterSeconds: undefined,
      };
      const state = withWindow(held, leaf, answer, now === undefined ? undefined : hour(now));
      assert.deepEqual(state.certificate?.renewAfter, hour(expected), JSON.stringify({ offered, now }));
    }
  });
});
