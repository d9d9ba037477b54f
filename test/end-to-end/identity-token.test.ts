import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { issueTlsCertificates } from "../../local/data/tls.ts";
import { run } from "../support/command.ts";
import { jwksOf, newTestKey, signToken } from "../support/identity-issuer.ts";
import { areBundles, startLocalService, type LocalService } from "../support/local-service.ts";
import { OPENSSL_SKIP, workspace } from "../support/openssl.ts";
import { serverSkip } from "../support/tls-servers.ts";

const skip = areBundles ? "bundles refuse an issuer's CA of one's own" : OPENSSL_SKIP || serverSkip("curl");
const AUDIENCE = "https://nodeseal.example";

/** docs/joining-without-secrets.md, with openssl and curl: an issuer that nobody here wrote the client of. */
describe("joining by an identity token", { skip }, () => {
  const files = workspace();
  const key = newTestKey("one");
  const tls = issueTlsCertificates(new Date());
  let isUp = true;
  const issuer = createServer(
    { key: tls.serverKeyPem, cert: tls.serverCertificatePem + tls.caCertificatePem },
    ({ url }, response) => {
      const here = `https://localhost:${(issuer.address() as AddressInfo).port}`;
      const documents: Readonly<Record<string, object>> = {
        "/.well-known/openid-configuration": { issuer: here, jwks_uri: `${here}/keys` },
        "/keys": jwksOf(key),
      };
      const document = isUp ? documents[url ?? ""] : undefined;
      response.writeHead(document === undefined ? 503 : 200, { "content-type": "application/json" });
      response.end(JSON.stringify(document ?? {}));
    },
  );
  let service: LocalService;
  let issuerUrl: string;

  const policyFor = (name: string) => ({
    version: "e2e",
    rules: [{ name: "machines", group: "machines", signerName: "nodeseal.dev/client" }],
    identityProviders: [{ kind: "oidc", name, issuer: issuerUrl, audience: AUDIENCE }],
    identityRules: [
      { name: "by-host", provider: name, claims: { team: ["infra"] }, groups: ["machines"], nodeName: "{claims.host}" },
    ],
  });

  before(async () => {
    await new Promise<void>((listening) => issuer.listen(0, "127.0.0.1", listening));
    issuerUrl = `https://localhost:${(issuer.address() as AddressInfo).port}`;
    const config = files.write("config.json", JSON.stringify({ policy: policyFor("corp") }));
    service = await startLocalService({
      arguments: ["--config", config],
      isUnlikeDefault: true,
      environment: {
        IDENTITY_CA_FILE: files.write("issuer-ca.pem", tls.caCertificatePem),
        POWERTOOLS_LOG_LEVEL: "INFO",
      },
    });
  });
  after(async () => {
    await service.stop();
    issuer.close();
    files.remove();
  });

  /** As the page says it, in a shell. Resolves to the CSR's hash. */
  const makeCsr = async (name: string): Promise<string> => {
    const script = [
      `openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ${name}.key -subj / -out ${name}.csr 2>/dev/null`,
      `openssl req -in ${name}.csr -outform DER | openssl dgst -sha256 -binary | openssl base64 | tr '+/' '-_' | tr -d '=\\n'`,
    ];
    const { status, stdout } = await run("sh", ["-c", `cd "$1" && ${script.join(" && ")}`, "sh", files.path(".")]);
    assert.equal(status, 0);
    return stdout;
  };
  const tokenFor = (hash: string, claims: object = {}): string => {
    const iat = Math.floor(Date.now() / 1000);
    const aud = `${AUDIENCE}/csr-sha256/${hash}`;
    return signToken({
      key,
      claims: { iss: issuerUrl, sub: "m-1", aud, iat, exp: iat + 120, team: "infra", host: "web-1", ...claims },
    });
  };
  const post = async (name: string, token: string) => {
    const { stdout } = await run("curl", [
      ...["-sS", "--cacert", service.environment["NODESEAL_CA_FILE"] ?? "", "-w", "\n%{http_code}"],
      ...["-H", `Authorization: Bearer ${token}`, "-H", "Content-Type: application/x-pem-file"],
      ...["-H", "Accept: application/pem-certificate-chain", "--data-binary", `@${files.path(`${name}.csr`)}`],
      `${service.url}/v1/certificates?signerName=nodeseal.dev/client`,
    ]);
    const [, body = "", status = ""] = /^([^]*)\n(\d{3})$/.exec(stdout) ?? [];
    return { status: Number(status), body };
  };

  it("gives a machine the certificate that its claims name, and the same one again", async () => {
    const hash = await makeCsr("web");
    const first = await post("web", tokenFor(hash));
    assert.equal(first.status, 201, first.body);
    writeFileSync(files.path("web.pem"), first.body);
    const trust = service.environment["NODESEAL_TRUST_BUNDLE"] ?? "";
    const verified = await run("openssl", [
      "verify",
      "-CAfile",
      trust,
      "-untrusted",
      files.path("web.pem"),
      files.path("web.pem"),
    ]);
    assert.equal(verified.status, 0, verified.stderr);
    const subject = await run("openssl", ["x509", "-noout", "-subject", "-in", files.path("web.pem")]);
    assert.match(subject.stdout, /CN ?= ?web-1$/m);
    const again = await post("web", tokenFor(hash));
    assert.deepEqual([again.status, again.body], [200, first.body]);
    assert.match(service.output(), /"username":"nodeseal:identity:corp:m-1"/);
    assert.ok(!service.output().includes(tokenFor(hash).slice(0, 40)), "no token is logged");
  });

  it("gives a thief of the token nothing, and nothing to who is not meant", async () => {
    const hash = await makeCsr("owner");
    await makeCsr("thief");
    const stolen = await post("thief", tokenFor(hash, { host: "web-2" }));
    assert.equal(stolen.status, 401);
    assert.match(stolen.body, /made for another CSR/);
    const foreign = await post("owner", tokenFor(hash, { team: "sales" }));
    assert.equal(foreign.status, 403);
    assert.match(foreign.body, /"denied_by_policy"|claim \\?"team/);
  });

  it("says beforehand what a token would get", async () => {
    const policy = files.write("policy.json", JSON.stringify(policyFor("corp")));
    const evidence = files.write("token", tokenFor("x".repeat(43)));
    const args = [
      "bin/nodeseal.js",
      "policy",
      "simulate",
      "--policy",
      policy,
      "--evidence",
      evidence,
      "--signer",
      "nodeseal.dev/client",
    ];
    const { status, stdout, stderr } = await run("node", [...args, "-o", "json"], { environment: {} });
    assert.equal(status, 0, stderr);
    assert.equal((JSON.parse(stdout) as { decision: string }).decision, "Issue");
  });

  it("waits for an issuer that does not answer, and goes on without it", async () => {
    isUp = false;
    try {
      const rotated = newTestKey("two");
      const hash = await makeCsr("later");
      const iat = Math.floor(Date.now() / 1000);
      const claims = {
        iss: issuerUrl,
        sub: "m-9",
        aud: `${AUDIENCE}/csr-sha256/${hash}`,
        iat,
        exp: iat + 60,
        team: "infra",
        host: "web-9",
      };
      const unknown = await post("later", signToken({ key: rotated, claims }));
      assert.ok(unknown.status === 401 || unknown.status === 503, unknown.body);
      const known = await post("later", tokenFor(hash, { sub: "m-9", host: "web-9" }));
      assert.equal(known.status, 201, "its keys are known already");
    } finally {
      isUp = true;
    }
  });
});
