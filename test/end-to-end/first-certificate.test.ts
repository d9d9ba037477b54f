import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { run } from "../support/command.ts";
import { HttpsClient } from "../support/https-client.ts";
import { startLocalService, type LocalService } from "../support/local-service.ts";
import { nodeCsr } from "../support/openssl-csr.ts";
import { openssl, OPENSSL_SKIP, tryOpenssl } from "../support/openssl.ts";
import * as x509 from "../support/x509.ts";

describe("the first certificate, as the README has it", { skip: OPENSSL_SKIP }, () => {
  let service: LocalService;
  let directory: string;
  let current: string;

  before(async () => {
    service = await startLocalService();
    directory = /--dir (\S+)/.exec(service.joinCommand)?.[1] ?? "";
    current = join(directory, "kubelet-client-current.pem");
  });
  after(async () => {
    await service.stop();
  });

  it("comes from pasting the printed line into a shell", async () => {
    const { status, stdout, stderr } = await run("sh", ["-c", service.joinCommand]);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /joined as system:node:/);
    assert.ok(existsSync(current));
  });

  it("is accepted by openssl, strictly, as a TLS client's", () => {
    const bundle = service.environment["NODESEAL_TRUST_BUNDLE"] ?? "";
    const verify = ["verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", bundle];
    assert.match(openssl([...verify, current]).toString(), /: OK/);
    // Nobody else's bundle would do.
    const tlsCa = service.environment["NODESEAL_CA_FILE"] ?? "";
    assert.equal(tryOpenssl(["verify", "-CAfile", tlsCa, current]).isGood, false);
  });

  it("is what the profile says, in three readers' eyes", async () => {
    const pem = readFileSync(current, "utf8");
    const text = openssl(["x509", "-noout", "-text", "-in", current]).toString();
    const name = /--node (\S+)/.exec(service.joinCommand)?.[1] ?? "";
    for (const expected of [
      /Version: 3/,
      /Signature Algorithm: ecdsa-with-SHA256/,
      new RegExp(`Subject: O = system:nodes, CN = system:node:${name}`),
      /X509v3 Key Usage: critical\s+Digital Signature\n/,
      /X509v3 Extended Key Usage: \s+TLS Web Client Authentication\n/,
      /X509v3 Basic Constraints: critical\s+CA:FALSE/,
      /X509v3 Subject Key Identifier/,
      /X509v3 Authority Key Identifier/,
    ]) {
      assert.match(text, expected);
    }
    assert.doesNotMatch(text, /Subject Alternative Name/);
    const node = new X509Certificate(pem);
    assert.equal(node.ca, false);
    assert.equal(node.subject, `O=system:nodes\nCN=system:node:${name}`);
    assert.deepEqual(node.keyUsage, ["1.3.6.1.5.5.7.3.2"]);
    const issuing = new X509Certificate(readFileSync(service.environment["NODESEAL_TRUST_BUNDLE"] ?? ""));
    assert.ok(node.verify(issuing.publicKey) && node.checkIssued(issuing));
    const peculiar = new x509.X509Certificate(pem.slice(0, pem.indexOf("-----END CERTIFICATE-----") + 26));
    assert.equal(peculiar.subject, `O=system:nodes, CN=system:node:${name}`);
    assert.ok(
      await peculiar.verify({ publicKey: new x509.X509Certificate(issuing.raw).publicKey, signatureOnly: true }),
    );
  });

  it("is not given twice: the same line again changes nothing", async () => {
    const before = readFileSync(current, "utf8");
    const { status } = await run("sh", ["-c", service.joinCommand]);
    assert.equal(status, 0);
    assert.equal(readFileSync(current, "utf8"), before);
  });
});

describe("a restart", () => {
  it("after SIGKILL keeps CA, tokens and certificates", async () => {
    const first = await startLocalService();
    const client = new HttpsClient(first);
    const token = await client.newToken({ maxUses: 2 });
    const { csrPem } = nodeCsr("n1.example");
    const issued = await client.post("/v1/certificates", { csr: csrPem }, token);
    const bundle = (await client.get("/v1/trust-bundle")).text;
    client.close();
    await first.kill();

    const second = await startLocalService({ dataDirectory: first.dataDirectory });
    const again = new HttpsClient(second);
    try {
      assert.equal((await again.get("/v1/trust-bundle")).text, bundle);
      const retried = await again.post("/v1/certificates", { csr: csrPem }, token);
      assert.equal(retried.status, 200);
      assert.equal(retried.json["certificate"], issued.json["certificate"]);
      const listed = await again.admin("GET", `/v1/admin/tokens/${token.slice(0, 6)}`);
      assert.equal(listed.json["uses"], 1);
      assert.equal(second.environment["AWS_ACCESS_KEY_ID"], first.environment["AWS_ACCESS_KEY_ID"]);
    } finally {
      again.close();
      assert.equal(await second.stop(), 0, "SIGTERM ends it with status 0");
    }
  });

  it("says in one line why it cannot start", async () => {
    const first = await startLocalService();
    try {
      const port = new URL(first.url).port;
      const rows = [
        { why: "a taken port", args: ["--port", port], says: /port \d+ of 127\.0\.0\.1 is taken/ },
        {
          why: "a second instance",
          args: ["--port", "0", "--data-dir", first.dataDirectory],
          says: /another nodeseal is running/,
        },
        {
          why: "an unwritable directory",
          args: ["--port", "0", "--data-dir", "/proc/nodeseal"],
          says: /cannot write to the data directory/,
        },
        {
          why: "a broken configuration",
          args: ["--port", "0", "--config", "README.md"],
          says: /README\.md is not JSON/,
        },
        {
          why: "a configuration that is not there",
          args: ["--port", "0", "--config", "/nowhere.json"],
          says: /cannot read \/nowhere\.json/,
        },
      ];
      for (const { why, args, says } of rows) {
        const separate = args.includes("--data-dir")
          ? []
          : ["--data-dir", `${first.dataDirectory}-${args.at(-1)?.replace(/\W/g, "") ?? ""}`];
        const { status, stderr, stdout } = await run("node", ["bin/nodeseal-local.js", ...args, ...separate]);
        assert.equal(status, 1, why);
        assert.match(stderr, says, why);
        assert.equal(stderr.trim().split("\n").length, 1, `one line for ${why}: ${stderr}`);
        assert.equal(stdout, "");
      }
    } finally {
      await first.stop();
    }
  });
});
