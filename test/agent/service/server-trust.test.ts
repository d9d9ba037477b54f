import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { trustServer } from "../../../agent/service/server-trust.ts";
import { caCertHashOf } from "../../../agent/certificate/trust-bundle.ts";
import { runAgent, temporaryDirectory, writeToken, type AgentRun } from "../support/agent-run.ts";
import { serveHttps } from "../support/https-front.ts";
import { connectProxy } from "../support/connect-proxy.ts";
import { PROXIED_HOST, testAuthority, type TestAuthority } from "../support/test-authority.ts";
import { VirtualClock } from "../support/virtual-clock.ts";
import { TestService } from "../support/test-service.ts";

const NOBODYS_PIN = `sha256:${"0".repeat(64)}`;

interface Contact {
  readonly service: TestService;
  readonly url: URL;
  /** Speaks for the server. */
  readonly authority: TestAuthority;
  readonly caFile: string;
  readonly clock: VirtualClock;
  readonly environment: Record<string, string>;
  readonly join: (...flags: string[]) => Promise<AgentRun>;
}

async function contact(t: TestContext, presented?: TestAuthority): Promise<Contact> {
  const [service, home] = [await TestService.start(), temporaryDirectory(t)];
  const authority = presented ?? (await testAuthority("CN=Server CA"));
  const url = await serveHttps(t, service, authority);
  const caFile = join(home, "ca.pem");
  writeFileSync(caFile, authority.pem);
  const clock = new VirtualClock(new Date());
  const environment: Record<string, string> = {};
  const argv = ["join", "--url", url.href, "--node", "n1", "--dir", join(home, "pki")];
  argv.push("--token-file", writeToken(home, service), "--wait", "10s");
  const run = async (...flags: string[]): Promise<AgentRun> =>
    await runAgent([...argv, ...flags], { trustServer, environment, clock });
  return { service, url, authority, caFile, clock, environment, join: run };
}

/** Reachable through a proxy only. */
function proxiedUrl(url: URL): URL {
  return new URL(`https://${PROXIED_HOST}:${url.port}/`);
}

describe("first contact", () => {
  it("trusts nobody by default", async (t) => {
    const { service, clock, join: run } = await contact(t);
    const { exitStatus, stderr } = await run();
    assert.equal(exitStatus, 1);
    assert.match(stderr, /is not trusted: its certificate is not from a CA this machine was told to trust/);
    assert.deepEqual([service.requests.length, clock.slept.length], [0, 0]);
  });

  it("trusts the CA file it is given, also by environment", async (t) => {
    const { caFile, environment, join: run } = await contact(t);
    environment["NODESEAL_CA_FILE"] = caFile;
    assert.equal((await run()).exitStatus, 0);
  });

  it("says when the CA file is missing, or no PEM", async (t) => {
    const { caFile, join: run } = await contact(t);
    assert.match((await run("--ca-file", `${caFile}.gone`)).stderr, /cannot read the CA file: ENOENT/);
    writeFileSync(caFile, "not a certificate");
    assert.match((await run("--ca-file", caFile)).stderr, /holds no certificate in PEM/);
  });

  it("finds any of several pins in what the server shows, whatever their case", async (t) => {
    const { authority, join: run } = await contact(t);
    const pin = caCertHashOf(authority.certificate).toUpperCase();
    assert.equal((await run("--ca-cert-hash", NOBODYS_PIN, "--ca-cert-hash", pin)).exitStatus, 0);
  });

  it("accepts the pin of an intermediate CA", async (t) => {
    const root = await testAuthority("CN=Server Root");
    const { authority, join: run } = await contact(t, await testAuthority("CN=Server Issuing", root));
    assert.equal((await run("--ca-cert-hash", caCertHashOf(authority.certificate))).exitStatus, 0);
  });

  it("names what it saw and what was pinned when the connection is intercepted, and sends nothing", async (t) => {
    const { service, authority, clock, join: run } = await contact(t);
    const { exitStatus, stderr } = await run("--ca-cert-hash", NOBODYS_PIN);
    assert.equal(exitStatus, 1);
    assert.ok(stderr.includes(`it shows ${caCertHashOf(authority.certificate)}, pinned is ${NOBODYS_PIN}`), stderr);
    assert.deepEqual([service.requests.length, clock.slept.length], [0, 0]);
  });

  it("is not fooled by a pinned certificate that somebody else shows beside their own", async (t) => {
    const [genuine, forged] = [await testAuthority("CN=Server CA"), await testAuthority("CN=Server CA")];
    // The interceptor's server signs with its own CA, of the same name, and adds the genuine certificate.
    const { service, join: run } = await contact(t, { ...forged, pem: genuine.pem });
    const { exitStatus, stderr } = await run("--ca-cert-hash", caCertHashOf(genuine.certificate));
    assert.equal(exitStatus, 1);
    assert.match(stderr, /is not trusted/);
    assert.equal(service.requests.length, 0);
  });

  it("looks for the pin in the trust bundle when the server is trusted otherwise, before it sends the token", async (t) => {
    const { service, caFile, join: run } = await contact(t);
    const refused = await run("--ca-file", caFile, "--ca-cert-hash", NOBODYS_PIN);
    assert.equal(refused.exitStatus, 1);
    assert.match(refused.stderr, /the service is not the one that was pinned: its CAs are sha256:/);
    assert.equal(service.requestsTo("enrol").length, 0);
    const { exitStatus } = await run("--ca-file", caFile, "--ca-cert-hash", caCertHashOf(service.root.certificate));
    assert.equal(exitStatus, 0);
  });

  it("does not believe the hashes that the trust bundle claims", async (t) => {
    const { service, caFile, join: run } = await contact(t);
    const authority = { id: "a", state: "active", certificate: service.root.pem, spkiSha256: "0".repeat(64) };
    const body = JSON.stringify({ sequence: 1, authorities: [authority] });
    service.fail("bundle", { answer: { status: 200, headers: {}, body } });
    assert.equal((await run("--ca-file", caFile, "--ca-cert-hash", NOBODYS_PIN)).exitStatus, 1);
    assert.equal(service.requestsTo("enrol").length, 0);
  });

  it("wants the server's name in its certificate", async (t) => {
    const { service, url, caFile, join: run } = await contact(t);
    const { exitStatus, stderr } = await run("--url", `https://[::1]:${url.port}`, "--ca-file", caFile);
    assert.equal(exitStatus, 1);
    assert.match(stderr, /\[::1\]|::1/);
    assert.equal(service.requests.length, 0);
  });

  it("works by address too", async (t) => {
    const { url, caFile, join: run } = await contact(t);
    assert.equal((await run("--url", `https://127.0.0.1:${url.port}`, "--ca-file", caFile)).exitStatus, 0);
  });

  it("goes through a proxy, pin and all", async (t) => {
    const { url, authority, environment, join: run } = await contact(t);
    const proxy = await connectProxy(t);
    environment["HTTPS_PROXY"] = proxy.url;
    const proxied = proxiedUrl(url);
    const { exitStatus } = await run("--url", proxied.href, "--ca-cert-hash", caCertHashOf(authority.certificate));
    assert.equal(exitStatus, 0);
    assert.deepEqual(new Set(proxy.authorities), new Set([proxied.host]));
    assert.equal(proxy.seen().includes("abcdef"), false);
  });

  for (const [why, password, typed] of [
    ["as it is", "s3cret", "s3cret"],
    ["percent-encoded", "p%s/@:#é", "p%25s%2F%40%3A%23%C3%A9"],
    ["with what a URL need not escape", "a!$&'()*+,;=b", "a!$&'()*+,;=b"],
    ["empty", "", ""],
  ] as const) {
    it(`gives the proxy its password, ${why}`, async (t) => {
      const { caFile, url, environment, join: run } = await contact(t);
      const proxy = await connectProxy(t, `worker:${password}`);
      environment["HTTPS_PROXY"] = proxy.url;
      const flags = ["--ca-file", caFile, "--url", proxiedUrl(url).href];
      const { exitStatus, stderr } = await run(...flags);
      assert.equal(exitStatus, 1);
      assert.match(stderr, /the proxy .* does not let us through to .*: HTTP\/1\.1 407/);
      environment["HTTPS_PROXY"] = proxy.url.replace("//", () => `//worker:${typed}@`);
      const through = await run(...flags);
      assert.equal(through.exitStatus, 0, through.stderr);
    });
  }

  for (const value of [
    "http://agent:p%ss@127.0.0.1:9",
    "http://agent:pa/ss@127.0.0.1:9",
    "http://agent:1#ss@127.0.0.1:9",
    "http://agent:1/ss@127.0.0.1:9",
    "socks5://agent:pass@127.0.0.1:9",
    "http://",
    "http://[::1",
    "agent:pass@",
  ]) {
    it(`says in one line that HTTPS_PROXY is wrong, opens nothing and waits for nothing: ${value}`, async (t) => {
      const { caFile, url, clock, environment, join: run } = await contact(t);
      environment["HTTPS_PROXY"] = value;
      const { exitStatus, stderr } = await run("--ca-file", caFile, "--url", proxiedUrl(url).href);
      assert.equal(exitStatus, 2);
      assert.match(stderr, /^nodeseal-agent: HTTPS_PROXY (is not understood|has a "%")[^\n]*$/);
      assert.doesNotMatch(stderr, /ss@|agent:p|127\.0\.0\.1/);
      assert.deepEqual(clock.slept, []);
      // Where no proxy is asked for, a wrong one is nobody's business.
      assert.equal((await run("--ca-file", caFile)).exitStatus, 0);
    });
  }

  it("goes past the proxy where NO_PROXY says so, and to loopback always", async (t) => {
    const { caFile, environment, join: run } = await contact(t);
    Object.assign(environment, { HTTPS_PROXY: "http://127.0.0.1:1" });
    assert.equal((await run("--ca-file", caFile)).exitStatus, 0);
  });

  it("tries again, then says what is wrong, when nobody listens and when the name does not resolve", async (t) => {
    const { clock, join: run } = await contact(t);
    assert.match(
      (await run("--url", "https://127.0.0.1:1")).stderr,
      /cannot reach 127\.0\.0\.1:1: the connection was refused/,
    );
    assert.ok(clock.slept.length > 0);
    assert.match(
      (await run("--url", "https://nodeseal.invalid")).stderr,
      /cannot reach nodeseal\.invalid:443: the name does not resolve/,
    );
  });
});
