import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { describe, it } from "node:test";
import { currentCertificate, currentPath, testNode } from "./support/joined-node.ts";
import { testAuthority } from "./support/test-authority.ts";
import type { Fault } from "./support/service-fault.ts";

describe("nodeseal-agent join, refused", () => {
  const final: { why: string; fault: Fault; says: RegExp }[] = [
    {
      why: "a wrong token",
      fault: { status: 401, code: "invalid_token" },
      says: /does not accept the token.*token create/,
    },
    { why: "a spent token", fault: { status: 409, code: "token_spent" }, says: /no uses left.*token create/ },
    {
      why: "a taken name",
      fault: { status: 409, code: "node_name_taken" },
      says: /an operator releases the name.*--replace/,
    },
    { why: "a name outside the token", fault: { status: 403, code: "outside_token" }, says: /--node NAME/ },
    {
      why: "a policy that says no, with its rule",
      fault: {
        answer: problem(403, { code: "denied_by_policy", detail: "no rule", rule: "nodeclient", field: "group" }),
      },
      says: /denied_by_policy: no rule \[rule nodeclient, field group\]/,
    },
    {
      why: "a page of HTML from something in between",
      fault: { answer: { status: 404, headers: { "content-type": "text/html" }, body: "<h1>Log in</h1>" } },
      says: /text\/html, not JSON: is this the service's address/,
    },
    {
      why: "a redirect",
      fault: { answer: { status: 302, headers: { location: "https://elsewhere.test/" }, body: "" } },
      says: /points to https:\/\/elsewhere\.test\/; use the service's own address/,
    },
    {
      why: "an answer without a certificate",
      fault: { answer: { status: 201, headers: {}, body: '{"name":"csr-x","state":"Issued"}' } },
      says: /is not understood: "certificate"/,
    },
    {
      why: "a request whose name is no name",
      fault: { answer: { status: 202, headers: {}, body: '{"name":"x; rm -rf /","state":"Pending"}' } },
      says: /is not understood: "name" is missing or no name/,
    },
    {
      why: "text that would move the cursor",
      fault: { answer: problem(403, { code: "denied_by_policy", detail: "a\u001b[2Jb\u202ec\nd" }) },
      says: /: a \[2Jb c d$/,
    },
  ];
  for (const { why, fault, says } of final) {
    it(`ends at once, in one line, on ${why}`, async (t) => {
      const { service, clock, directory, join: run } = await testNode(t);
      service.fail("enrol", fault);
      const { exitStatus, stderr, stdout } = await run();
      assert.deepEqual(
        { exitStatus, stdout, lines: stderr.split("\n").length },
        { exitStatus: 1, stdout: "", lines: 1 },
      );
      assert.match(stderr, says);
      assert.deepEqual(clock.slept, []);
      assert.equal(existsSync(currentPath(directory)), false);
    });
  }

  it("asks with a new key after its request was displaced", async (t) => {
    const { service, join: run } = await testNode(t);
    service.fail("enrol", { status: 409, code: "request_voided" });
    assert.equal((await run()).exitStatus, 0);
    const [first, second] = service.requestsTo("enrol");
    assert.notEqual(first?.body, second?.body);
  });

  it("asks with a new key when the old request led to a certificate that has expired since", async (t) => {
    const { service, clock, directory, join: run } = await testNode(t);
    service.fail("enrol", "lost answer");
    assert.equal((await run("--wait", "0")).exitStatus, 1);
    clock.advance(30 * 86_400);
    assert.equal((await run()).exitStatus, 0);
    assert.ok(new Date(currentCertificate(directory).validTo) > clock.now());
  });

  it("waits for approval, then goes on with the same request", async (t) => {
    const { service, clock, directory, join: run } = await testNode(t);
    service.approves = false;
    const waiting = await run("--wait", "5s");
    assert.equal(waiting.exitStatus, 1);
    assert.match(waiting.stderr, /nodeseal csr approve csr-/);
    assert.ok(clock.elapsedMilliseconds() <= 5000);
    assert.ok(service.requestsTo("state").length >= 2);
    service.approves = true;
    assert.equal((await run()).exitStatus, 0);
    assert.equal(service.issuances.size, 1);
    assert.ok(existsSync(currentPath(directory)));
  });

  it("makes a new request after a denied one", async (t) => {
    const { service, join: run } = await testNode(t);
    service.approves = false;
    await run("--wait", "0");
    for (const issuance of service.issuances.values()) issuance.state = "Denied";
    const denied = await run();
    assert.equal(denied.exitStatus, 1);
    assert.match(denied.stderr, /an administrator denied this request/);
    service.approves = true;
    assert.equal((await run()).exitStatus, 0);
    assert.equal(service.issuances.size, 2);
  });

  it("installs no certificate for another node", async (t) => {
    const { service, directory, join: run } = await testNode(t);
    service.subjectOf = () => "O=system:nodes, CN=system:node:other";
    const { exitStatus, stderr } = await run();
    assert.equal(exitStatus, 1);
    assert.match(stderr, /was not installed: its common name is "system:node:other"/);
    assert.equal(existsSync(currentPath(directory)), false);
  });

  it("installs no certificate for another key", async (t) => {
    const { service, directory, join: run } = await testNode(t);
    const other = await testNode(t);
    await other.join();
    const body = JSON.stringify({
      name: "csr-x",
      certificate: currentCertificate(other.directory).toString(),
      trustBundleSequence: 1,
    });
    service.fail("enrol", { answer: { status: 201, headers: {}, body } });
    assert.match((await run()).stderr, /was not installed: it is for another key/);
    assert.equal(existsSync(currentPath(directory)), false);
  });

  it("installs no certificate whose CA is not in the trust bundle", async (t) => {
    const { service, directory, join: run } = await testNode(t);
    service.issuing = await testAuthority("CN=Somebody else's CA");
    assert.match((await run()).stderr, /was not installed: its chain does not lead to a CA/);
    assert.equal(existsSync(currentPath(directory)), false);
    assert.ok(readdirSync(directory).includes("kubelet-client.key.tmp"), "the key is kept for the next attempt");
  });

  it("warns, and still succeeds, when the service cannot be told that the certificate arrived", async (t) => {
    const { service, join: run } = await testNode(t);
    service.fail("confirm", { status: 503, code: "signer_busy" });
    const { exitStatus, stderr } = await run();
    assert.equal(exitStatus, 0);
    assert.match(stderr, /certificate could not be confirmed to the service; "run" and "renew" do it later/);
  });
});

function problem(status: number, body: object): { status: number; headers: Record<string, string>; body: string } {
  return { status, headers: { "content-type": "application/problem+json" }, body: JSON.stringify(body) };
}
