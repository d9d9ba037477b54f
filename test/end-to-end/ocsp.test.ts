import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout } from "node:timers/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { SERVER_SIGNER } from "../../core/certificate/profile.ts";
import { DEFAULT_POLICY, RULE_DEFAULTS } from "../../core/policy/policy.ts";
import { DEFAULT_TOKEN_GROUP } from "../../core/token/bootstrap-token.ts";
import { run } from "../support/command.ts";
import { areBundles, PROJECT, startLocalService, type LocalService } from "../support/local-service.ts";
import { OPENSSL_SKIP, openssl, workspace } from "../support/openssl.ts";
import { nginxWithOcsp, serverSkip, type TlsServer } from "../support/tls-servers.ts";

const skip = areBundles
  ? "what ships answers OCSP in test/infra/deployed-service.test.ts"
  : OPENSSL_SKIP || serverSkip("curl");
type OcspCallback = (error: Error | null, response: Buffer | null) => void;
const PATIENCE_MS = 90_000;
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----\n/g;

const OCSP_URL = "http://ocsp.example";
const CONFIGURATION = {
  revocationLists: { ocspUrl: OCSP_URL },
  policy: {
    ...DEFAULT_POLICY,
    rules: [
      ...DEFAULT_POLICY.rules,
      {
        ...RULE_DEFAULTS,
        name: "web",
        group: DEFAULT_TOKEN_GROUP,
        signerName: SERVER_SIGNER,
        names: ["localhost"],
        dnsNames: ["localhost"],
      },
    ],
  },
};

describe("the OCSP responder, as other programs ask it", { skip }, () => {
  const files = workspace();
  let service: LocalService;
  let issuerFile: string;

  const webFile = (): string => {
    const [name = ""] = readdirSync(files.path("web")).filter((one) => one.endsWith("-current.pem"));
    return join(files.path("web"), name);
  };
  const leafOf = (node: string): string => join(files.path(node), "kubelet-client-current.pem");
  const program = async (name: string, ...args: string[]): Promise<string> => {
    const { environment } = service;
    const { status, stdout, stderr } = await run("node", [join(PROJECT, "bin", name), ...args], { environment });
    assert.equal(status, 0, stderr);
    return stdout;
  };
  const caFile = (): string => service.environment["NODESEAL_CA_FILE"] ?? "";
  const trust = (): string => service.environment["NODESEAL_TRUST_BUNDLE"] ?? "";
  const ask = (node: string, ...more: string[]) => {
    const question = ["-issuer", issuerFile, "-cert", leafOf(node), "-CAfile", trust()];
    const args = ["ocsp", ...more, ...question, "-url", `${service.url}/v1/ocsp`];
    return run("openssl", args, { environment: { SSL_CERT_FILE: caFile() } });
  };
  const curl = (...args: string[]) => run("curl", ["-sS", "--cacert", caFile(), ...args]);
  const requestFor = (node: string): string => {
    const file = files.path(`${node}.request`);
    openssl(["ocsp", "-no_nonce", "-issuer", issuerFile, "-cert", leafOf(node), "-reqout", file]);
    return file;
  };
  const serialOf = (node: string): string =>
    openssl(["x509", "-noout", "-serial", "-in", leafOf(node)])
      .toString()
      .replace("serial=", "")
      .trim();

  before(async () => {
    service = await startLocalService({
      arguments: ["--config", files.write("config.json", JSON.stringify(CONFIGURATION))],
      environment: { POWERTOOLS_LOG_LEVEL: "INFO" },
    });
    const token = (await program("nodeseal.js", "token", "create")).trim();
    for (const node of ["lost", "kept"]) {
      const args = ["--url", service.url, "--token", token, "--node", node, "--dir", files.path(node)];
      await program("nodeseal-agent.js", "join", ...args);
    }
    const web = ["--signer", SERVER_SIGNER, "--common-name", "localhost", "--dns", "localhost"];
    const args = ["--url", service.url, "--token", token, ...web, "--dir", files.path("web")];
    await program("nodeseal-agent.js", "join", ...args);
    const [, issuer = ""] = readFileSync(leafOf("kept"), "utf8").match(CERTIFICATE) ?? [];
    issuerFile = files.write("issuer.pem", issuer);
    for (let times = 0; !service.output().includes("revocation_list_published"); times++) {
      assert.ok(times < 600, "no list was published");
      await setTimeout(50);
    }
  });
  after(async () => {
    await service.stop();
    files.remove();
  });

  for (const hash of ["-sha1", "-sha256", "-sha384"]) {
    it(`tells openssl that a certificate is good, with a nonce, asked by ${hash.slice(1)}`, async () => {
      const { stdout, stderr } = await ask("kept", hash, "-nonce");
      assert.match(stdout, /: good$/m, stderr);
      assert.match(stderr, /^Response verify OK$/m);
      assert.doesNotMatch(stderr, /nonce/i);
    });
  }

  it("takes a request in the path, escaped or not, and lets it be cached for half a minute", async () => {
    const base64 = readFileSync(requestFor("kept")).toString("base64");
    for (const path of [base64, encodeURIComponent(base64)]) {
      const answer = files.path("answer.der");
      const { stdout } = await curl(
        "-o",
        answer,
        "-w",
        "%{http_code} %{content_type} %{header_json}",
        `${service.url}/v1/ocsp/${path}`,
      );
      assert.match(stdout, /^200 application\/ocsp-response /);
      assert.match(stdout, /public, max-age=\d+, no-transform, must-revalidate/);
      const verified = ["ocsp", "-respin", answer, "-issuer", issuerFile, "-cert", leafOf("kept"), "-CAfile", trust()];
      assert.match((await run("openssl", verified)).stdout, /: good$/m);
    }
  });

  it("is named by certificates, where the configuration names it", () => {
    for (const file of [leafOf("kept"), webFile()])
      assert.equal(openssl(["x509", "-noout", "-ocsp_uri", "-in", file]).toString().trim(), `${OCSP_URL}/v1/ocsp`);
  });

  it("has curl --cert-status believe a server that staples its answer, and no server that does not", async () => {
    const request = files.path("web.request");
    openssl(["ocsp", "-no_nonce", "-issuer", issuerFile, "-cert", webFile(), "-reqout", request]);
    const stapled = files.path("web.der");
    const type = ["-H", "content-type: application/ocsp-request"];
    await curl(...type, "--data-binary", `@${request}`, "-o", stapled, `${service.url}/v1/ocsp`);
    const pem = readFileSync(webFile(), "utf8");
    const answers = { staple: readFileSync(stapled), none: undefined, other: readFileSync(request) };
    const statuses: Record<string, number | null> = {};
    for (const [what, answer] of Object.entries(answers)) {
      const server = createServer({ key: pem, cert: pem }, (_, response) => response.end("in"));
      server.on("OCSPRequest", (_der: Buffer, _issuer: Buffer, answered: OcspCallback) =>
        answered(null, answer ?? null),
      );
      server.on("tlsClientError", (_error: Error, socket: TLSSocket) => socket.destroy());
      await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
      const { port } = server.address() as AddressInfo;
      const url = `https://localhost:${port}/`;
      const { status } = await run("curl", ["-sS", "--cert-status", "--cacert", trust(), url]);
      statuses[what] = status;
      server.close();
    }
    // 91: CURLE_SSL_INVALIDCERTSTATUS.
    assert.deepEqual(statuses, { staple: 0, none: 91, other: 91 });
  });

  it("answers what is no question in OCSP's own words, and refuses what is too long or of another type", async () => {
    const post = (body: string, type = "application/ocsp-request") =>
      curl("-H", `content-type: ${type}`, "--data-binary", body, "-w", "%{http_code}", `${service.url}/v1/ocsp`);
    assert.match((await post("hello")).stdout, /^0\u0003\n\u0001\u0001200$/);
    assert.match((await post(`@${requestFor("kept")}`, "application/json")).stdout, /unsupported_media_type.*415$/);
    const long = files.write("long", Buffer.alloc(60 * 1024));
    assert.match((await post(`@${long}`)).stdout, /too_large.*413$/);
    assert.match((await post("")).stdout, /malformed_request.*400$/);
    assert.match(
      (await curl("-o", files.path("x"), "-w", "%{http_code}", `${service.url}/v1/ocsp/%21%21`)).stdout,
      /^200$/,
    );
    const foreign = files.path("foreign.request");
    openssl(["ocsp", "-issuer", caFile(), "-serial", "5", "-reqout", foreign]);
    assert.match((await post(`@${foreign}`)).stdout, /^0\u0003\n\u0001\u0006200$/, "unauthorized");
  });

  it(
    "has nginx turn a revoked node away within a minute, and let the others in",
    { skip: serverSkip("nginx") },
    async () => {
      const directory = files.path("nginx");
      mkdirSync(directory);
      writeFileSync(join(directory, "ca.pem"), readFileSync(trust()));
      const nginx: TlsServer = nginxWithOcsp(directory, { url: service.url, caFile: caFile() });
      try {
        await nginx.start();
        assert.deepEqual(
          [await nginx.serves(leafOf("lost")), await nginx.serves(leafOf("kept"))],
          [true, true],
          nginx.output(),
        );
        await program("nodeseal.js", "cert", "revoke", serialOf("lost"), "--reason", "keyCompromise");
        const deadline = performance.now() + PATIENCE_MS;
        while (await nginx.serves(leafOf("lost"))) {
          assert.ok(performance.now() < deadline, "nginx goes on serving a revoked node");
          await setTimeout(500);
        }
        assert.equal(await nginx.serves(leafOf("kept")), true);
      } finally {
        await nginx.stop();
      }
      assert.match((await ask("lost")).stdout, /: revoked$[\s\S]*Reason: keyCompromise/m);
    },
  );
});
