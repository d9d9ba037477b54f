import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { trustServer } from "../../agent/service/server-trust.ts";
import { runAgent, temporaryDirectory, writeToken } from "./support/agent-run.ts";
import { failingFileSystem } from "./support/failing-file-system.ts";
import { serveHttps } from "./support/https-front.ts";
import { currentPath, dueNode, DUE_SECONDS, type TestNode } from "./support/joined-node.ts";
import { testAuthority } from "./support/test-authority.ts";
import type { Fault } from "./support/service-fault.ts";
import { TestService } from "./support/test-service.ts";
import { VirtualClock } from "./support/virtual-clock.ts";

const current = ({ directory }: Pick<TestNode, "directory">): string => readFileSync(currentPath(directory), "utf8");

/** What ends a renewal: one clear line, the old pair as it was; and once the trouble is over, the next run succeeds. */
const troubles: { why: string; faults: [Parameters<TestService["fail"]>[0], Fault][]; says: RegExp }[] = [
  {
    why: "the service is down",
    faults: [
      ["bundle", "lost request"],
      ["renew", "lost request"],
    ],
    says: /^nodeseal-agent: cannot reach the test service: the connection was reset$/,
  },
  {
    why: "a storm of 429",
    faults: [["renew", { status: 429, code: "rate_limited", detail: "too many", headers: { "retry-after": "30" } }]],
    says: /^nodeseal-agent: the service answered 429 rate_limited: too many; the service asks to come back in 30s$/,
  },
  {
    why: "a storm of 503",
    faults: [["renew", { status: 503, code: "signer_busy", detail: "KMS is busy" }]],
    says: /^nodeseal-agent: the service answered 503 signer_busy: KMS is busy$/,
  },
  {
    why: "an administrator denied the request",
    faults: [["renew", { status: 403, code: "request_denied", detail: "not this week" }]],
    says: /^nodeseal-agent: an administrator denied this request \(request_denied: not this week\)$/,
  },
  {
    why: "policy says no",
    faults: [["renew", { status: 403, code: "denied_by_policy", detail: "the key is P-256, allowed are RSA-2048" }]],
    says: /^nodeseal-agent: the service answered 403 denied_by_policy: the key is P-256, allowed are RSA-2048$/,
  },
];

describe("nodeseal-agent renew, in trouble", () => {
  for (const { why, faults, says } of troubles) {
    it(`says so in one line when ${why}, keeps the old pair, and renews once it is over`, async (t) => {
      const node = await dueNode(t);
      const before = current(node);
      for (const [route, fault] of faults) node.service.fail(route, fault);
      const { exitStatus, stdout, stderr } = await node.run("renew", "--wait", "0");
      assert.deepEqual({ exitStatus, stdout }, { exitStatus: 1, stdout: "" });
      assert.match(stderr, says);
      assert.equal(current(node), before);
      assert.equal((await node.run("renew")).exitStatus, 0);
      assert.notEqual(current(node), before);
      assert.deepEqual(node.service.copiesSeen, []);
    });
  }

  it("asks with a new key after a denial: the denied request stays denied", async (t) => {
    const { service, run } = await dueNode(t);
    service.approves = false;
    assert.equal((await run("renew")).exitStatus, 1);
    for (const issuance of service.issuances.values()) if (issuance.state === "Pending") issuance.state = "Denied";
    assert.match((await run("renew")).stderr, /an administrator denied this request/);
    service.approves = true;
    assert.equal((await run("renew")).exitStatus, 0);
    assert.equal(service.issuances.size, 3);
  });

  for (const [code, says] of [
    ["ENOSPC", /cannot write .*: the disk is full; free some space, then run this again$/],
    ["EROFS", /cannot write .*: the file system is read-only/],
    ["EACCES", /cannot write .*: permission denied; run the agent as the user that owns the directory/],
  ] as const) {
    it(`says in one line what to do about ${code}, wherever it strikes, and loses no key`, async (t) => {
      const { fileSystem, arm, disarm } = failingFileSystem(code);
      for (let step = 1; ; step += 4) {
        const node = await dueNode(t, { fileSystem });
        const before = current(node);
        arm(step);
        const { exitStatus, stderr } = await node.run("renew");
        if (disarm()) {
          assert.ok(step > 20, `only ${step} writes were tried`);
          return;
        }
        if (exitStatus === 0) assert.match(stderr, /could not be confirmed/);
        else assert.deepEqual([exitStatus, stderr.split("\n").length, says.test(stderr)], [1, 1, true], stderr);
        assert.equal((await node.run("renew")).exitStatus, 0);
        assert.notEqual(current(node), before);
        assert.deepEqual([node.service.issuances.size, node.service.copiesSeen], [2, []], `step ${step}`);
      }
    });
  }

  it("says so in one line when the name does not resolve", async (t) => {
    const node = await dueNode(t);
    const before = current(node);
    // .test resolves nowhere (RFC 6761).
    const argv = ["renew", "--dir", node.directory, "--wait", "0"];
    const { exitStatus, stderr } = await runAgent(argv, { ...node.services, trustServer });
    assert.equal(exitStatus, 1);
    assert.match(stderr, /^nodeseal-agent: cannot reach nodeseal\.test.*: the name does not resolve( at the moment)?$/);
    assert.equal(current(node), before);
  });

  it("says so in one line when the connection is intercepted, and sends nothing", async (t) => {
    const { service, caFile, directory, run } = await httpsNode(t);
    const before = current({ directory });
    const requests = service.requests.length;
    writeFileSync(caFile, (await testAuthority("CN=The one that is trusted")).pem);
    const { exitStatus, stderr } = await run("renew", "--force", "--wait", "0");
    assert.equal(exitStatus, 1);
    assert.match(
      stderr,
      /^nodeseal-agent: \S+ is not trusted: its certificate is not from a CA .*: the address may be wrong, or the connection intercepted$/,
    );
    assert.equal(service.requests.length, requests);
    assert.equal(current({ directory }), before);
  });

  it("leaves a directory alone that holds a kubelet's own files", async (t) => {
    const { service, directory, run } = await dueNode(t);
    const kubelets = `${directory}.kubelet`;
    mkdirSync(kubelets);
    const pair = join(kubelets, "kubelet-client-2026-01-02-03-04-05.pem");
    writeFileSync(pair, current({ directory }));
    symlinkSync(pair, currentPath(kubelets));
    const requests = service.requests.length;
    for (const command of ["renew", "run"]) {
      const { exitStatus, stderr } = await run(command, "--dir", kubelets);
      assert.deepEqual(
        [exitStatus, stderr],
        [1, `nodeseal-agent: no node has joined in ${kubelets}; run nodeseal-agent join first`],
      );
    }
    assert.equal(service.requests.length, requests);
    assert.deepEqual(readdirSync(kubelets).sort(), [
      "kubelet-client-2026-01-02-03-04-05.pem",
      "kubelet-client-current.pem",
    ]);
  });
});

/** Joined over real HTTPS, trusting the CAs in a file. */
async function httpsNode(t: TestContext) {
  const [service, home] = [await TestService.start(), temporaryDirectory(t)];
  const authority = await testAuthority("CN=Server CA");
  const url = await serveHttps(t, service, authority);
  const [caFile, directory] = [join(home, "ca.pem"), join(home, "pki")];
  writeFileSync(caFile, authority.pem);
  const services = { trustServer, clock: new VirtualClock(new Date()) };
  const argv = ["--url", url.href, "--node", "n1", "--dir", directory, "--ca-file", caFile];
  const joined = await runAgent(["join", ...argv, "--token-file", writeToken(home, service)], services);
  assert.equal(joined.exitStatus, 0, joined.stderr);
  services.clock.advance(DUE_SECONDS);
  service.clock = () => services.clock.now();
  return {
    service,
    caFile,
    directory,
    run: async (command: string, ...flags: string[]) =>
      await runAgent([command, "--dir", directory, ...flags], services),
  };
}
