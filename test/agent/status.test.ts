import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readdirSync, realpathSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { currentCertificate, currentPath, testNode } from "./support/joined-node.ts";

describe("nodeseal-agent status", () => {
  it("says what there is, for programs", async (t) => {
    const { service, directory, clock, join: joinNode, run } = await testNode(t);
    service.renewAfterShare = 0.75;
    await joinNode();
    const { exitStatus, stdout } = await run("status", "-o", "json");
    const certificate = currentCertificate(directory);
    const [notBefore, notAfter] = [new Date(certificate.validFrom), new Date(certificate.validTo)];
    assert.equal(exitStatus, 0);
    assert.deepEqual(JSON.parse(stdout), {
      url: "https://nodeseal.test",
      nodeName: "n1",
      certificateFile: currentPath(directory),
      subject: "O=system:nodes, CN=system:node:n1",
      signerName: "kubernetes.io/kube-apiserver-client-kubelet",
      dnsNames: [],
      ipAddresses: [],
      issuer: "CN=Test Issuing 1",
      serialNumber: certificate.serialNumber.toLowerCase(),
      notBefore: notBefore.toISOString(),
      notAfter: notAfter.toISOString(),
      nextRenewal: new Date(notBefore.getTime() + (notAfter.getTime() - notBefore.getTime()) * 0.75).toISOString(),
      isConfirmed: true,
      trustBundle: { file: join(directory, "trust-bundle.pem"), sequence: 1, authorities: 2 },
      clockOffset: { seconds: 0, seenAt: clock.now().toISOString() },
      state: "valid",
      refusal: null,
      clock: { doubt: null },
    });
  });

  it("says what there is, for people", async (t) => {
    const { directory, join: joinNode, run } = await testNode(t);
    await joinNode();
    const { stdout, stderr } = await run("status");
    assert.equal(stderr, "");
    assert.match(stdout, /^system:node:n1: valid$/m);
    assert.match(stdout, new RegExp(`serial number +${currentCertificate(directory).serialNumber.toLowerCase()}`));
    assert.match(stdout, /valid until +\S+Z \(in (1d|23h)/);
    assert.match(stdout, /trust bundle .*\(sequence 1\)/);
  });

  it("places the renewal at 70 to 90 percent of the lifetime when the service says nothing, always at the same place", async (t) => {
    const { directory, join: joinNode, run } = await testNode(t);
    await joinNode();
    const seen = new Set<string>();
    for (let count = 0; count < 3; count++) {
      const { stdout } = await run("status", "-o", "json");
      seen.add((JSON.parse(stdout) as { nextRenewal: string }).nextRenewal);
    }
    const { validFrom, validTo } = currentCertificate(directory);
    const [start, end] = [new Date(validFrom).getTime(), new Date(validTo).getTime()];
    const [at = ""] = seen;
    const share = (new Date(at).getTime() - start) / (end - start);
    assert.equal(seen.size, 1);
    assert.ok(share >= 0.69 && share < 0.9, `at ${share}`);
  });

  it("says 3 where nobody joined", async (t) => {
    const { run } = await testNode(t);
    const { exitStatus, stdout } = await run("status");
    assert.equal(exitStatus, 3);
    assert.match(stdout, /there is none; run nodeseal-agent join/);
    assert.equal((JSON.parse((await run("status", "-o", "json")).stdout) as { state: string }).state, "missing");
  });

  it("says 3, and what to do, when the certificate has expired", async (t) => {
    const { clock, join: joinNode, run } = await testNode(t);
    await joinNode();
    clock.advance(2 * 86_400);
    const { exitStatus, stdout, stderr } = await run("status");
    assert.equal(exitStatus, 3);
    assert.match(stdout, /system:node:n1: expired/);
    assert.match(
      stderr,
      /expired .* ago\); nodeseal-agent renew \(or run\) asks the service to let it recover; .*"nodeseal node allow-recovery n1", or join again with a new token/,
    );
  });

  it("says 3 when the pair is damaged, and why", async (t) => {
    const { directory, join: joinNode, run } = await testNode(t);
    await joinNode();
    writeFileSync(realpathSync(currentPath(directory)), "half");
    const { exitStatus, stdout } = await run("status");
    assert.equal(exitStatus, 3);
    assert.match(stdout, /it holds no readable certificate/);
  });

  it("doubts a clock that is before the certificate's first day", async (t) => {
    const { clock, join: joinNode, run } = await testNode(t);
    await joinNode();
    clock.advance(-7 * 3600);
    const { exitStatus, stdout, stderr } = await run("status");
    assert.equal(exitStatus, 0);
    assert.match(stdout, /not yet valid/);
    assert.match(stderr, /the clock looks wrong: the certificate is valid only from/);
  });

  for (const [why, offsetHours, says] of [
    ["behind", 3, /it was 3h behind the service's/],
    ["ahead", -3, /it was 3h ahead of the service's/],
  ] as const) {
    it(`remembers that the clock was ${why} when the service was last heard`, async (t) => {
      const { service, clock, join: joinNode, run } = await testNode(t);
      service.clock = () => new Date(clock.now().getTime() + offsetHours * 3_600_000);
      const joined = await joinNode();
      assert.equal(joined.exitStatus, 0);
      assert.match(
        joined.stderr,
        /this machine's clock differs from the service's by -?10800 s; the service's is used/,
      );
      assert.match((await run("status")).stderr, says);
    });
  }

  it("changes nothing", async (t) => {
    const { directory, join: joinNode, run } = await testNode(t);
    await joinNode();
    const snapshot = (): unknown[] =>
      readdirSync(directory).map((name) => [name, statSync(join(directory, name)).mtimeMs]);
    const before = snapshot();
    await run("status");
    await run("status", "-o", "json");
    assert.deepEqual(snapshot(), before);
  });

  it("says 1 when it may not look", async (t) => {
    if (process.getuid?.() === 0) return t.skip("root may look everywhere");
    const { directory, run } = await testNode(t);
    mkdirSync(directory, { mode: 0o700 });
    writeFileSync(join(directory, "nodeseal.json"), "{}");
    chmodSync(directory, 0);
    t.after(() => chmodSync(directory, 0o700));
    assert.equal((await run("status")).exitStatus, 1);
  });
});
