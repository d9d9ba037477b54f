import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { readAgentState } from "../../agent/directory/agent-state.ts";
import { REAL_FILE_SYSTEM } from "../../agent/directory/file-system.ts";
import { trustServer } from "../../agent/service/server-trust.ts";
import { caCertHashOf } from "../../agent/certificate/trust-bundle.ts";
import { runAgent } from "./support/agent-run.ts";
import { connectProxy } from "./support/connect-proxy.ts";
import { currentCertificate, currentPath, pairFiles } from "./support/joined-node.ts";
import { assertWholePair, isMissing, NOBODYS_PIN, shellMachine, SHELLS } from "./support/shell-machine.ts";
import { PROXIED_HOST, testAuthority } from "./support/test-authority.ts";

for (const candidate of SHELLS) {
  describe(
    `nodeseal-join.sh with ${candidate.name}`,
    { skip: isMissing(candidate) && `${candidate.name} is not here` },
    () => {
      for (const keyType of ["P-256", "P-384", "RSA-2048", "Ed25519"]) {
        it(`joins and renews with ${keyType}, and confirms`, async (t) => {
          const { service, directory, join: joinNode, renew } = await shellMachine(t, candidate.shell);
          const joined = await joinNode("--key-type", keyType);
          assert.deepEqual({ ...joined, stdout: "" }, { exitStatus: 0, stdout: "", stderr: "" });
          assert.match(joined.stdout, /^joined as system:node:n1$/m);
          assertWholePair(directory);
          const before = currentCertificate(directory);
          const renewed = await renew("--force");
          assert.deepEqual({ ...renewed, stdout: "" }, { exitStatus: 0, stdout: "", stderr: "" });
          assertWholePair(directory);
          assert.notEqual(currentCertificate(directory).serialNumber, before.serialNumber);
          assert.equal(currentCertificate(directory).publicKey.equals(before.publicKey), false);
          assert.equal(service.requestsTo("confirm").length, 2);
          assert.deepEqual([service.issuances.size, service.tokenUses.size, service.copiesSeen.length], [2, 1, 0]);
        });
      }

      it("takes over from nodeseal-agent, and hands over to it", async (t) => {
        const { service, directory, join: joinNode, renew } = await shellMachine(t, candidate.shell);
        service.renewAfterShare = 0.75;
        await joinNode();
        assert.equal((await runAgent(["renew", "--force", "--dir", directory], { trustServer })).exitStatus, 0);
        assert.equal((await renew("--force")).exitStatus, 0);
        const { stdout, exitStatus } = await runAgent(["status", "-o", "json", "--dir", directory], {});
        assert.equal(exitStatus, 0);
        assert.partialDeepStrictEqual(JSON.parse(stdout), { nodeName: "n1", isConfirmed: true, state: "valid" });
        const state = readAgentState(REAL_FILE_SYSTEM, directory);
        assert.equal(state?.pairFiles.length, 3);
        assert.ok(state.certificate?.renewAfter instanceof Date);
        assertWholePair(directory);
      });

      it("finds the certificate again whose answer was lost, with the same key", async (t) => {
        const { service, directory, join: joinNode, renew } = await shellMachine(t, candidate.shell);
        service.fail("enrol", "lost answer");
        assert.equal((await joinNode("--wait", "0")).exitStatus, 1);
        assert.equal((await joinNode()).exitStatus, 0);
        assert.deepEqual([service.issuances.size, service.tokenUses.size], [1, 1]);
        service.fail("renew", "lost answer");
        assert.equal((await renew("--force")).exitStatus, 0);
        assert.equal(service.issuances.size, 2);
        assertWholePair(directory);
      });

      it("does nothing when it is run again, and renews only what is due", async (t) => {
        const { service, directory, join: joinNode, renew } = await shellMachine(t, candidate.shell);
        await joinNode();
        assert.match((await joinNode()).stdout, /^nothing to do, this machine already is system:node:n1$/m);
        assert.match((await renew()).stdout, /^nothing to do, the renewal is not due yet/m);
        service.fail("window", { status: 503 });
        const outage = await renew();
        assert.deepEqual([outage.exitStatus, outage.stderr], [0, ""], "an outage is nobody's business yet");
        assert.equal(service.issuances.size, 1);
        // By the service's clock it is due.
        service.clock = () => new Date(Date.now() + 22 * 3_600_000);
        const due = await renew();
        assert.equal(due.exitStatus, 0, due.stderr);
        assert.match(
          due.stderr,
          /this machine's clock differs from the service's by -79\d\d\d s; the service's is used/,
        );
        assert.equal(service.issuances.size, 2);
        assert.ok(currentCertificate(directory));
      });

      it("finds a pinned CA in what the server shows, through a proxy too", async (t) => {
        const { directory, pin, sh, service, join: joinNode } = await shellMachine(t, candidate.shell);
        const proxy = await connectProxy(t);
        assert.equal(
          (await joinNode("--ca-file", "", "--ca-cert-hash", NOBODYS_PIN, "--ca-cert-hash", pin.toUpperCase()))
            .exitStatus,
          0,
        );
        const direct = await sh(["renew", "--force", "--dir", directory], { HTTPS_PROXY: "http://127.0.0.1:1" });
        assert.equal(direct.exitStatus, 0, `no proxy for this machine itself: ${direct.stderr}`);
        moveTo(directory, PROXIED_HOST);
        const renewed = await sh(["renew", "--force", "--dir", directory], {
          HTTPS_PROXY: proxy.url,
          https_proxy: "http://127.0.0.1:1",
        });
        assert.equal(renewed.exitStatus, 0, renewed.stderr);
        assert.ok(proxy.authorities.length >= 2);
        assert.equal(service.issuances.size, 3);
        assert.equal(readAgentState(REAL_FILE_SYSTEM, directory)?.service.pinnedBy, "server chain");
      });

      it("sends no token to a server that does not have the pin", async (t) => {
        const { service, pin, join: joinNode } = await shellMachine(t, candidate.shell);
        const intercepted = await joinNode("--ca-file", "", "--ca-cert-hash", NOBODYS_PIN, "--wait", "0");
        assert.equal(intercepted.exitStatus, 1);
        assert.ok(intercepted.stderr.includes(`it shows ${pin}, pinned is ${NOBODYS_PIN}`), intercepted.stderr);
        const elsewhere = await joinNode("--ca-cert-hash", NOBODYS_PIN);
        assert.match(elsewhere.stderr, /the service is not the one that was pinned: its CAs are sha256:/);
        assert.equal(service.requestsTo("enrol").length, 0);
        const inBundle = await joinNode("--ca-cert-hash", caCertHashOf(service.root.certificate));
        assert.equal(inBundle.exitStatus, 0, inBundle.stderr);
      });

      it("waits for approval, and makes a new request after a denial", async (t) => {
        const { service, join: joinNode } = await shellMachine(t, candidate.shell);
        service.approves = false;
        const waiting = await joinNode("--wait", "2");
        assert.match(waiting.stderr, /waiting for an administrator: nodeseal csr approve csr-/);
        assert.equal(waiting.exitStatus, 1);
        for (const issuance of service.issuances.values()) issuance.state = "Denied";
        assert.match(
          (await joinNode()).stderr,
          /403 request_denied: an administrator denied this request: not one of ours/,
        );
        service.approves = true;
        assert.equal((await joinNode()).exitStatus, 0);
        assert.equal(service.issuances.size, 2);
      });

      const refusals = [
        { code: "invalid_token", status: 401, says: /401 invalid_token: a fault; join again with a new token/ },
        { code: "token_spent", status: 409, says: /409 token_spent: a fault; join again with a new token/ },
        { code: "node_name_taken", status: 409, says: /409 node_name_taken: a fault/ },
        { code: "denied_by_policy", status: 403, says: /403 denied_by_policy: a fault/ },
      ];
      for (const { code, status, says } of refusals) {
        it(`says in one line what to do about ${code}`, async (t) => {
          const { service, join: joinNode } = await shellMachine(t, candidate.shell);
          service.fail("enrol", { status, code });
          const { exitStatus, stdout, stderr } = await joinNode();
          assert.deepEqual(
            { exitStatus, stdout, lines: stderr.trim().split("\n").length },
            { exitStatus: 1, stdout: "", lines: 1 },
          );
          assert.match(stderr, says);
          assert.equal(stderr.includes("0123456789abcdef"), false);
        });
      }

      it("lets nothing of the service's words act on the terminal", async (t) => {
        const { service, join: joinNode } = await shellMachine(t, candidate.shell);
        service.fail("enrol", { status: 403, code: "other", detail: "a\u009b2J\u007f\u202eb" });
        const { stderr } = await joinNode();
        assert.match(stderr, /403 other: a.*2J.*b/);
        assert.doesNotMatch(stderr.trim(), /[\p{Cc}\p{Cf}]/u);
      });

      it("asks with a new key after its request was displaced", async (t) => {
        const { service, join: joinNode } = await shellMachine(t, candidate.shell);
        service.fail("enrol", { status: 409, code: "request_voided" });
        assert.equal((await joinNode()).exitStatus, 0);
        assert.equal(service.requestsTo("enrol").length, 2);
      });

      it("installs nothing that is not its own, or not from a trusted CA", async (t) => {
        const { service, directory, join: joinNode, renew } = await shellMachine(t, candidate.shell);
        service.subjectOf = () => "O=system:nodes, CN=system:node:other";
        assert.match((await joinNode()).stderr, /was not installed: it is for CN=system:node:other O=system:nodes/);
        service.subjectOf = (commonName) => `O=system:nodes, CN=${commonName}`;
        service.issuances.clear();
        service.nodes.clear();
        assert.equal((await joinNode()).exitStatus, 0);
        const before = readFileSync(currentPath(directory), "utf8");
        service.issuing = await testAuthority("CN=Foreign");
        const { exitStatus, stderr } = await renew("--force");
        assert.equal(exitStatus, 1);
        assert.match(stderr, /was not installed: error/);
        assert.equal(readFileSync(currentPath(directory), "utf8"), before);
      });

      it("keeps a few old pairs, never goes back to an older bundle, and leaves others' files alone", async (t) => {
        const { service, directory, join: joinNode, renew } = await shellMachine(t, candidate.shell);
        await joinNode();
        const foreign = join(directory, "kubelet-client-2020-01-02-03-04-05.pem");
        writeFileSync(foreign, "a kubelet's own");
        for (let count = 0; count < 6; count++) assert.equal((await renew("--force")).exitStatus, 0);
        assert.equal(pairFiles(directory).length, 5 + 1);
        assert.equal(readFileSync(foreign, "utf8"), "a kubelet's own");
        await service.rollAuthority();
        assert.equal((await renew("--force")).exitStatus, 0);
        assert.equal(currentCertificate(directory).issuer, "CN=Test Issuing 2");
        const bundle = readFileSync(join(directory, "trust-bundle.pem"), "utf8");
        assert.match(bundle, /sequence 2$/m);
        service.sequence = 1;
        assert.equal((await renew("--force")).exitStatus, 0);
        assert.equal(readFileSync(join(directory, "trust-bundle.pem"), "utf8"), bundle);
      });

      it("leaves a kubelet's own certificate alone", async (t) => {
        const { service, directory, join: joinNode } = await shellMachine(t, candidate.shell);
        mkdirSync(directory);
        writeFileSync(join(directory, "kubelet-client-2026-01-02-03-04-05.pem"), service.root.pem);
        symlinkSync(join(directory, "kubelet-client-2026-01-02-03-04-05.pem"), currentPath(directory));
        const { exitStatus, stderr } = await joinNode();
        assert.equal(exitStatus, 1);
        assert.match(stderr, /was not made by this program, perhaps by a kubelet/);
        assert.equal(service.requests.length, 0);
      });

      it("shows the token to no other process", async (t) => {
        if (process.platform !== "linux") return t.skip("processes are read from /proc");
        const { service, join: joinNode } = await shellMachine(t, candidate.shell);
        service.approves = false;
        const seen = new Set<string>();
        const looking = setInterval(() => commandLines().forEach((line) => seen.add(line)), 10);
        await joinNode("--wait", "3");
        clearInterval(looking);
        assert.ok(
          [...seen].some((line) => line.includes("curl")),
          "no curl was seen",
        );
        const [id = "", secret = ""] = service.token.split(".");
        assert.deepEqual(
          [...seen].filter((line) => line.includes(secret) || line.includes(`${id}.`)),
          [],
        );
      });
    },
  );
}

/** The same service under another name. */
function moveTo(directory: string, host: string): void {
  const path = join(directory, "nodeseal.json");
  writeFileSync(path, readFileSync(path, "utf8").replace("https://localhost:", `https://${host}:`));
}

/** Of all processes; one may end while it is looked at. */
function commandLines(): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8");
      } catch {
        return "";
      }
    });
}
