import assert from "node:assert/strict";
import { readdirSync, readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { SYSTEM_CLOCK } from "../../agent/program/clock.ts";
import { currentCertificate, pairFiles, dueNode, DUE_SECONDS, testNode } from "./support/joined-node.ts";

describe("nodeseal-agent renew", () => {
  it("leaves a certificate alone that is not due, but brings the trust bundle up to date", async (t) => {
    const { service, directory, join: joinNode, run } = await testNode(t);
    await joinNode();
    const before = currentCertificate(directory).serialNumber;
    await service.rollAuthority();
    const { exitStatus, stdout } = await run("renew");
    assert.equal(exitStatus, 0);
    assert.match(stdout, /^nothing to do, the renewal is not due yet$/m);
    assert.equal(currentCertificate(directory).serialNumber, before);
    assert.match(readFileSync(join(directory, "trust-bundle.pem"), "utf8"), /^# nodeseal trust bundle, sequence 2$/m);
  });

  it("does not mind an outage while nothing is due", async (t) => {
    const { service, clock, join: joinNode, run } = await testNode(t);
    await joinNode();
    service.fail("window", "lost request");
    const { exitStatus, stdout, stderr } = await run("renew");
    assert.equal(exitStatus, 0);
    assert.match(stdout, /not due yet/);
    assert.match(stderr, /^nothing is due; the trust bundle could not be fetched: cannot reach the test service/);
    assert.deepEqual(clock.slept, []);
  });

  for (const keyType of ["P-256", "P-384", "RSA-2048", "Ed25519"]) {
    it(`renews with a new ${keyType} key, proves possession of the old one, and confirms`, async (t) => {
      const { service, directory, clock, join: joinNode, run } = await testNode(t);
      await joinNode("--key-type", keyType);
      clock.advance(DUE_SECONDS);
      const before = currentCertificate(directory);
      const { exitStatus, stdout, stderr } = await run("renew");
      assert.deepEqual({ exitStatus, stderr }, { exitStatus: 0, stderr: "" });
      assert.match(stdout, /^renewed system:node:n1$/m);
      const after = currentCertificate(directory);
      assert.notEqual(after.serialNumber, before.serialNumber);
      assert.equal(after.publicKey.equals(before.publicKey), false);
      assert.equal(after.publicKey.asymmetricKeyType, before.publicKey.asymmetricKeyType);
      assert.equal(service.requestsTo("confirm").length, 2);
      assert.equal(readdirSync(directory).includes("kubelet-client.key.tmp"), false);
    });
  }

  it("tells the service which trust bundle the node holds", async (t) => {
    const { service, run } = await dueNode(t);
    await run("renew");
    const [request] = service.requestsTo("renew");
    assert.partialDeepStrictEqual(JSON.parse(request?.body ?? ""), { trustBundleSequence: 1 });
  });

  it("renews what is not due with --force", async (t) => {
    const { directory, join: joinNode, run } = await testNode(t);
    await joinNode();
    const before = currentCertificate(directory).serialNumber;
    assert.equal((await run("renew", "--force")).exitStatus, 0);
    assert.notEqual(currentCertificate(directory).serialNumber, before);
  });

  it("takes over to a new CA", async (t) => {
    const { service, directory, run } = await dueNode(t);
    await service.rollAuthority();
    assert.equal((await run("renew")).exitStatus, 0);
    assert.equal(currentCertificate(directory).issuer, "CN=Test Issuing 2");
  });

  it("asks with the same key until it has the answer, in this run and the next", async (t) => {
    const { service, run, directory } = await dueNode(t);
    service.fail("renew", "lost answer", "lost answer");
    assert.equal((await run("renew", "--wait", "0")).exitStatus, 1);
    assert.equal((await run("renew")).exitStatus, 0);
    assert.deepEqual([service.issuances.size, service.copiesSeen], [2, []]);
    const newest = Array.from(service.issuances.values()).at(-1);
    assert.equal(currentCertificate(directory).serialNumber, newest?.certificate?.serialNumber);
  });

  it("goes on with a renewal that was begun, even if it is not due", async (t) => {
    const { service, join: joinNode, run } = await testNode(t);
    await joinNode();
    service.fail("renew", "lost answer");
    assert.equal((await run("renew", "--force", "--wait", "0")).exitStatus, 1);
    const { stdout } = await run("renew");
    assert.match(stdout, /^renewed/m);
    assert.equal(service.issuances.size, 2);
  });

  it("asks again with the same request while an administrator has not approved it", async (t) => {
    const { service, run } = await dueNode(t);
    service.approves = false;
    const { exitStatus, stderr } = await run("renew");
    assert.equal(exitStatus, 1);
    assert.match(stderr, /the renewal waits for an administrator: nodeseal csr approve csr-/);
    service.approves = true;
    assert.equal((await run("renew")).exitStatus, 0);
    assert.equal(service.issuances.size, 2);
  });

  it("is alone in the directory: two at once are no copied disk", async (t) => {
    const node = await testNode(t, { clock: SYSTEM_CLOCK });
    node.service.clock = () => new Date();
    await node.join();
    const endings = await Promise.all([1, 2, 3].map(async () => await node.run("renew", "--force")));
    assert.deepEqual(
      endings.map(({ exitStatus }) => exitStatus),
      [0, 0, 0],
    );
    assert.deepEqual([node.service.issuances.size, node.service.copiesSeen], [4, []]);
  });

  it("makes up for a confirmation that failed", async (t) => {
    const { service, join: joinNode, run } = await testNode(t);
    service.fail("confirm", "lost request");
    await joinNode();
    assert.equal(service.requestsTo("confirm").length, 1);
    assert.match((await run("status")).stdout, /confirmation +outstanding/);
    assert.equal((await run("renew")).exitStatus, 0);
    assert.equal(service.requestsTo("confirm").length, 2);
    assert.doesNotMatch((await run("status")).stdout, /outstanding/);
  });

  it("keeps a few old pairs, and never one it did not write", async (t) => {
    const { directory, clock, join: joinNode, run } = await testNode(t);
    await joinNode();
    const foreign = "kubelet-client-2020-01-02-03-04-05.pem";
    writeFileSync(join(directory, foreign), "a kubelet's own");
    for (let count = 0; count < 8; count++) {
      clock.advance(3600);
      assert.equal((await run("renew", "--force")).exitStatus, 0);
    }
    assert.equal(pairFiles(directory).length, 5 + 1);
    assert.ok(pairFiles(directory).includes(foreign));
    assert.ok(currentCertificate(directory));
  });

  for (const [why, offsetHours] of [
    ["behind", 7],
    ["ahead", -7],
  ] as const) {
    it(`renews with a clock that is hours ${why}, and says so`, async (t) => {
      const { service, directory, clock, run } = await dueNode(t);
      const before = currentCertificate(directory).serialNumber;
      // The node's certificate is judged by the service's clock.
      clock.set(-offsetHours * 3600);
      service.clock = () => new Date(clock.now().getTime() + offsetHours * 3_600_000);
      const { exitStatus, stderr } = await run("renew");
      assert.equal(exitStatus, 0, stderr);
      assert.match(
        stderr,
        new RegExp(`clock differs from the service's by ${-offsetHours * 3600} s; the service's is used`),
      );
      assert.notEqual(currentCertificate(directory).serialNumber, before);
    });
  }

  it("makes a refused proof again by the service's clock, when that is what was wrong", async (t) => {
    const { service, clock, run } = await dueNode(t);
    clock.set(-7 * 3600);
    service.clock = () => new Date(clock.now().getTime() + 7 * 3_600_000);
    // Without `Date` in the first answer only the refusal tells the time.
    const body = JSON.stringify({ trustBundleSequence: 1 });
    service.fail("window", { answer: { status: 200, headers: { date: "" }, body } });
    assert.equal((await run("renew", "--force")).exitStatus, 0);
    assert.equal(service.requestsTo("renew").length, 2);
  });

  it("renews after 400 days where the service recovers such nodes", async (t) => {
    const { service, clock, directory, run } = await dueNode(t);
    clock.advance(400 * 86_400);
    service.recovers = true;
    assert.equal((await run("renew")).exitStatus, 0);
    assert.ok(new Date(currentCertificate(directory).validTo) > clock.now());
  });

  it("never goes back to an older trust bundle", async (t) => {
    const { service, directory, run } = await dueNode(t);
    await service.rollAuthority();
    const newer = service.authorities;
    assert.equal((await run("renew")).exitStatus, 0);
    const bundle = join(directory, "trust-bundle.pem");
    const before = readFileSync(bundle, "utf8");
    Object.assign(service, { sequence: 1, authorities: newer.slice(1) });
    assert.equal((await run("renew", "--force")).exitStatus, 0);
    assert.equal(readFileSync(bundle, "utf8"), before);
    unlinkSync(bundle);
    const { exitStatus, stderr } = await run("renew", "--force");
    assert.equal(exitStatus, 1);
    assert.match(stderr, /the service offers trust bundle 1, this node has already seen 2: an old one is not taken/);
  });
});
