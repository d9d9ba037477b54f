import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { trustServer } from "../../agent/service/server-trust.ts";
import { caCertHashOf } from "../../agent/certificate/trust-bundle.ts";
import { runAgent, temporaryDirectory, writeToken } from "./support/agent-run.ts";
import { serveHttps } from "./support/https-front.ts";
import { currentCertificate, currentPath, pairFiles, testNode } from "./support/joined-node.ts";
import { testAuthority } from "./support/test-authority.ts";
import { TestService } from "./support/test-service.ts";

describe("nodeseal-agent join", () => {
  it("joins over HTTPS with a pin, and openssl accepts what it wrote", async (t) => {
    const [service, home] = [await TestService.start(), temporaryDirectory(t)];
    const authority = await testAuthority("CN=Server CA");
    const url = await serveHttps(t, service, authority);
    const directory = join(home, "pki");
    const { exitStatus, stdout, stderr } = await runAgent(
      [
        ...["join", "--url", url.href, "--token-file", writeToken(home, service), "--node", "n1", "--dir", directory],
        ...["--ca-cert-hash", caCertHashOf(authority.certificate)],
      ],
      { trustServer },
    );
    assert.deepEqual({ exitStatus, stderr }, { exitStatus: 0, stderr: "" });
    assert.match(stdout, /^joined as system:node:n1$/m);
    assert.deepEqual(
      service.requests.map(({ route }) => route),
      ["enrol", "bundle", "confirm"],
    );
    const verified = execFileSync(
      "openssl",
      [
        ...["verify", "-CAfile", join(directory, "trust-bundle.pem"), "-untrusted", currentPath(directory)],
        currentPath(directory),
      ],
      { encoding: "utf8" },
    );
    assert.match(verified, /: OK/);
  });

  it("keeps key and chain in the kubelet's own layout", async (t) => {
    const { directory, join: run } = await testNode(t);
    assert.equal((await run()).exitStatus, 0);
    const [file = ""] = pairFiles(directory);
    assert.match(file, /^kubelet-client-\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d\.pem$/);
    assert.equal(readlinkSync(currentPath(directory)), file);
    assert.equal(statSync(join(directory, file)).mode & 0o777, 0o600);
    const pem = readFileSync(currentPath(directory), "utf8");
    assert.deepEqual(
      Array.from(pem.matchAll(/-----BEGIN ([A-Z ]+)-----/g), ([, label]) => label),
      ["CERTIFICATE", "CERTIFICATE", "EC PRIVATE KEY"],
    );
    assert.equal(new X509Certificate(pem).subject, "O=system:nodes\nCN=system:node:n1");
    assert.deepEqual(
      readdirSync(directory)
        .filter((name) => name !== file)
        .sort(),
      ["kubelet-client-current.pem", "nodeseal.json", "trust-bundle.pem"],
    );
  });

  for (const keyType of ["P-256", "P-384", "RSA-2048", "Ed25519"]) {
    it(`makes a ${keyType} key that the certificate is for`, async (t) => {
      const { directory, join: run } = await testNode(t);
      assert.equal((await run("--key-type", keyType)).exitStatus, 0);
      const publicKeyOf = (...flags: string[]): string =>
        execFileSync("openssl", [...flags, "-in", currentPath(directory)], { encoding: "utf8" });
      assert.equal(publicKeyOf("pkey", "-pubout"), publicKeyOf("x509", "-pubkey", "-noout"));
    });
  }

  it("does nothing when it is run again", async (t) => {
    const { service, directory, join: run } = await testNode(t);
    await run();
    const [before, requests] = [readdirSync(directory), service.requests.length];
    const { exitStatus, stdout } = await run();
    assert.equal(exitStatus, 0);
    assert.match(stdout, /^nothing to do, this machine already is system:node:n1$/m);
    assert.deepEqual(readdirSync(directory), before);
    // It asks whether the certificate may still renew, and shows it to nobody.
    assert.deepEqual(
      service.requests.slice(requests).map(({ route }) => route),
      ["window"],
    );
  });

  it("says so when this machine has joined another service", async (t) => {
    const { directory, join: run } = await testNode(t);
    await run();
    const before = readFileSync(join(directory, "nodeseal.json"), "utf8");
    const { exitStatus, stderr } = await run("--url", "https://another.test");
    assert.equal(exitStatus, 0);
    assert.match(stderr, /it joined https:\/\/nodeseal\.test; to join another service, choose another --dir/);
    assert.equal(readFileSync(join(directory, "nodeseal.json"), "utf8"), before);
  });

  it("joins again when its certificate has expired", async (t) => {
    const { service, clock, directory, join: run } = await testNode(t);
    await run();
    const before = currentCertificate(directory).serialNumber;
    clock.advance(400 * 86_400);
    assert.equal((await run()).exitStatus, 0);
    assert.notEqual(currentCertificate(directory).serialNumber, before);
    assert.equal(service.tokenUses.size, 2);
  });

  it("asks for the lifetime and the signer it was told", async (t) => {
    const { service, join: run } = await testNode(t);
    await run("--lifetime", "1h30m", "--signer", "nodeseal.dev/client");
    const [request] = service.requestsTo("enrol");
    assert.partialDeepStrictEqual(JSON.parse(request?.body ?? ""), {
      expirationSeconds: 5400,
      signerName: "nodeseal.dev/client",
    });
  });

  it("writes a kubeconfig that kubectl reads", async (t) => {
    const { directory, join: run } = await testNode(t);
    const kubeconfig = join(directory, "kubelet.conf");
    const flags = ["--kubeconfig", kubeconfig, "--server", "https://api.test:6443", "--server-ca-file", "/etc/ca.crt"];
    const { exitStatus, stderr } = await run(...flags);
    assert.deepEqual([exitStatus, stderr.includes("must say rotateCertificates: false")], [0, true], stderr);
    assert.equal(statSync(kubeconfig).mode & 0o777, 0o600);
    const { stdout, error } = spawnSync("kubectl", ["config", "view", "--kubeconfig", kubeconfig, "-o", "json"], {
      encoding: "utf8",
    });
    if (error !== undefined && process.env["CI"] === undefined) return t.skip("kubectl is not here");
    assert.partialDeepStrictEqual(JSON.parse(stdout), {
      clusters: [
        {
          name: "default-cluster",
          cluster: { server: "https://api.test:6443", "certificate-authority": "/etc/ca.crt" },
        },
      ],
      users: [
        {
          name: "default-auth",
          user: { "client-certificate": currentPath(directory), "client-key": currentPath(directory) },
        },
      ],
      contexts: [
        {
          name: "default-context",
          context: { cluster: "default-cluster", user: "default-auth", namespace: "default" },
        },
      ],
      "current-context": "default-context",
    });
  });

  it("never shows the token, and never sends the key", async (t) => {
    const { service, join: run } = await testNode(t);
    service.fail("enrol", { status: 401, code: "invalid_token" });
    const runs = [await run(), await run(), await run()];
    const everything = runs.map(({ stdout, stderr }) => stdout + stderr).join("\n");
    assert.equal(everything.includes("0123456789abcdef"), false);
    assert.equal(
      service.requests.some(({ request }) => request.body?.includes("PRIVATE KEY")),
      false,
    );
  });
});
