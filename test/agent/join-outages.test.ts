import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { currentCertificate, testNode } from "./support/joined-node.ts";
import type { Fault } from "./support/service-fault.ts";

describe("nodeseal-agent join, through outages", () => {
  const passing: { why: string; faults: Fault[] }[] = [
    { why: "a storm of 503", faults: Array.from({ length: 8 }, () => ({ status: 503, code: "signer_busy" })) },
    { why: "a fault of the service's own", faults: [{ status: 500, code: "internal" }] },
    { why: "a connection cut before the request arrived", faults: ["lost request"] },
    { why: "a connection cut after the certificate was issued", faults: ["lost answer", "lost answer"] },
    {
      why: "a load balancer's own page",
      faults: [{ answer: { status: 502, headers: { "content-type": "text/html" }, body: "<h1>502</h1>" } }],
    },
  ];
  for (const { why, faults } of passing) {
    it(`gets the one certificate after ${why}`, async (t) => {
      const { service, directory, join: run } = await testNode(t);
      service.fail("enrol", ...faults);
      const { exitStatus, stderr } = await run();
      assert.equal(exitStatus, 0, stderr);
      assert.equal(service.requestsTo("enrol").length, faults.length + 1);
      assert.equal(new Set(service.requestsTo("enrol").map(({ body }) => subjectKeyOf(body))).size, 1);
      assert.deepEqual([service.tokenUses.size, service.issuances.size], [1, 1]);
      const [issuance] = service.issuances.values();
      assert.equal(currentCertificate(directory).serialNumber, issuance?.certificate?.serialNumber);
    });
  }

  it("asks with the same key in the next run", async (t) => {
    const { service, directory, join: run } = await testNode(t);
    service.fail("enrol", "lost answer");
    assert.equal((await run("--wait", "0")).exitStatus, 1);
    assert.equal((await run()).exitStatus, 0);
    assert.deepEqual([service.tokenUses.size, service.issuances.size], [1, 1]);
    const [issuance] = service.issuances.values();
    assert.equal(currentCertificate(directory).serialNumber, issuance?.certificate?.serialNumber);
  });

  it("comes back no sooner than it was told", async (t) => {
    const { service, clock, join: run } = await testNode(t);
    service.fail("enrol", { status: 429, code: "rate_limited", headers: { "retry-after": "120" } });
    assert.equal((await run()).exitStatus, 0);
    assert.equal(clock.slept.length, 1);
    assert.ok((clock.slept[0] ?? 0) >= 120_000);
  });

  it("spreads its attempts, ever longer up to twenty seconds", async (t) => {
    const { service, clock, join: run } = await testNode(t);
    service.fail("enrol", ...Array.from({ length: 12 }, () => ({ status: 503 })));
    await run();
    clock.slept.forEach((milliseconds, index) => {
      const full = Math.min(20_000, 2000 * 2 ** index);
      assert.ok(milliseconds >= full / 2 && milliseconds <= full, `attempt ${index + 1} waited ${milliseconds} ms`);
    });
    assert.equal(new Set(clock.slept).size, clock.slept.length);
  });

  it("gives up when the time is up, and says so", async (t) => {
    const { service, clock, join: run } = await testNode(t);
    service.fail("enrol", ...Array.from({ length: 100 }, () => ({ status: 503 })));
    const { exitStatus, stderr } = await run("--wait", "2m");
    assert.equal(exitStatus, 1);
    assert.match(stderr, /gave up after 2m \(--wait\)/);
    assert.ok(clock.elapsedMilliseconds() <= 120_000);
  });

  it("tries once with --wait 0", async (t) => {
    const { service, clock, join: run } = await testNode(t);
    service.fail("enrol", { status: 503 });
    assert.equal((await run("--wait", "0")).exitStatus, 1);
    assert.deepEqual([service.requestsTo("enrol").length, clock.slept.length], [1, 0]);
  });

  it("fetches the trust bundle again until it has it, before anything is installed", async (t) => {
    const { service, join: run } = await testNode(t);
    service.fail("bundle", "lost request", { status: 503 });
    assert.equal((await run()).exitStatus, 0);
    assert.equal(service.requestsTo("enrol").length, 1);
  });
});

/** The CSR's text differs with each ECDSA signature; its head, up to the key's end, does not. */
function subjectKeyOf(body: string | undefined): string {
  const { csr } = JSON.parse(body ?? "{}") as { csr: string };
  return csr.replace(/\s/g, "").slice(0, 200);
}
