import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { run, type CommandResult } from "../support/command.ts";
import { PROJECT, startLocalService, type LocalService } from "../support/local-service.ts";
import { openssl, OPENSSL_SKIP, workspace } from "../support/openssl.ts";
import { opensslCa } from "../support/openssl-outside-ca.ts";

// What ships is built for a hierarchy: test/infra/deployed-external-authority.test.ts has that of this one.
const SKIP =
  OPENSSL_SKIP || (process.env["NODESEAL_TEST_FUNCTIONS"] === "bundles" && "the bundles have their own root");

describe("an issuing CA that openssl signs", { skip: SKIP }, () => {
  const files = workspace();
  const dataDirectory = files.path("data");
  const nodeDirectory = files.path("node");
  const ca = opensslCa(files);
  let service: LocalService | undefined;
  after(async () => {
    await service?.stop();
    files.remove();
  });

  const configuration = (authority: object = {}): string =>
    files.write(
      "nodeseal.json",
      JSON.stringify({ authority: { hierarchy: "external", externalRootFile: ca.rootFile, ...authority } }),
    );
  const start = (config: string, port = 0) =>
    startLocalService({ dataDirectory, port, arguments: ["--config", config] });
  /** One that does not start. */
  const failed = (config: string): Promise<CommandResult> =>
    run("node", ["bin/nodeseal-local.js", "--port", "0", "--data-dir", dataDirectory, "--config", config]);
  const program = async (name: string, ...args: string[]): Promise<string> => {
    const { status, stdout, stderr } = await run("node", [join(PROJECT, "bin", name), ...args], {
      environment: service?.environment ?? {},
    });
    assert.equal(status, 0, stderr);
    return stdout;
  };
  const csrFile = join(dataDirectory, "issuing.csr");

  it("does not start before, says in one line what to do, and asks by the same request again", async () => {
    const first = await failed(configuration());
    assert.equal(first.status, 1);
    assert.equal(
      first.stderr,
      `nodeseal: the issuing CA waits for its certificate: let the CA outside sign ${csrFile}, name the result in authority.issuingCertificateFile, and start again\n`,
    );
    const csr = readFileSync(csrFile, "utf8");
    assert.equal((await failed(configuration())).status, 1);
    assert.equal(readFileSync(csrFile, "utf8"), csr);
  });

  it("refuses a certificate of another key, and of another root", async () => {
    const key = openssl(["ecparam", "-name", "prime256v1", "-genkey", "-noout"]);
    const foreignCsr = openssl(["req", "-new", "-key", files.write("other.key", key), "-subj", "/CN=other"]).toString();
    const foreign = configuration({ issuingCertificateFile: ca.sign(foreignCsr, "foreign.pem") });
    assert.match(
      (await failed(foreign)).stderr,
      /^nodeseal: the issuing CA's certificate is for another key than arn:.*\n$/,
    );
    const other = workspace();
    const stray = opensslCa(other).sign(readFileSync(csrFile, "utf8"), "stray.pem");
    const { status, stderr } = await failed(configuration({ issuingCertificateFile: stray }));
    other.remove();
    assert.equal(status, 1);
    assert.match(
      stderr,
      /"authority.issuingCertificateFile" holds .* which the key of .*Example corporate root" has not signed\n$/,
    );
  });

  it("starts with its certificate, and issues what the outside root verifies", async () => {
    const issuing = ca.sign(readFileSync(csrFile, "utf8"), "issuing.pem");
    service = await start(configuration({ issuingCertificateFile: issuing }));
    const token = await program("nodeseal.js", "token", "create", "--max-uses", "1");
    const url = service.environment["NODESEAL_URL"] ?? "";
    await program(
      "nodeseal-agent.js",
      "join",
      "--url",
      url,
      "--token",
      token.trim(),
      "--node",
      "n1",
      "--dir",
      nodeDirectory,
    );
    const certificate = join(nodeDirectory, "kubelet-client-current.pem");
    const strict = ["verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", ca.rootFile];
    // The chain that goes along with the certificate is enough for who trusts nothing but the root.
    assert.match(openssl([...strict, "-untrusted", certificate, certificate]).toString(), /OK/);
    const published = service.environment["NODESEAL_TRUST_BUNDLE"] ?? "";
    assert.ok(readFileSync(published, "utf8").includes(readFileSync(ca.rootFile, "utf8").trim()));
    assert.match(await program("nodeseal.js", "ca", "show"), /^issuing-g1\tissuing\tactive.*nodeseal issuing G1$/m);
    assert.equal(await program("nodeseal.js", "ca", "csr"), readFileSync(csrFile, "utf8"));
  });

  it("renews its certificate for the same key, and the node goes on", async () => {
    const { port } = new URL(service?.url ?? "");
    await service?.stop();
    const renewed = ca.sign(readFileSync(csrFile, "utf8"), "renewed.pem", 3650);
    service = await start(configuration({ issuingCertificateFile: renewed }), Number(port));
    assert.ok(
      readFileSync(service.environment["NODESEAL_TRUST_BUNDLE"] ?? "", "utf8").includes(
        readFileSync(renewed, "utf8").trim(),
      ),
    );
    await program("nodeseal-agent.js", "renew", "--dir", nodeDirectory, "--force");
    const certificate = join(nodeDirectory, "kubelet-client-current.pem");
    assert.match(openssl(["verify", "-CAfile", ca.rootFile, "-untrusted", certificate, certificate]).toString(), /OK/);
  });
});
