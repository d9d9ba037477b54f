import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { run, type CommandResult } from "../support/command.ts";
import { startLocalService, type LocalService } from "../support/local-service.ts";
import { openssl, OPENSSL_SKIP, workspace } from "../support/openssl.ts";
import { opensslCa, type OpensslCa } from "../support/openssl-external-ca.ts";
import { runHere } from "../support/run-here.ts";

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
    const { status, stdout, stderr } = await runHere(name, args, {
      environment: service?.environment ?? {},
    });
    assert.equal(status, 0, stderr);
    return stdout;
  };
  const restart = async (authority: object): Promise<void> => {
    const { port } = new URL(service?.url ?? "");
    await service?.stop();
    service = await start(configuration(authority), Number(port));
  };
  const states = async (): Promise<readonly string[]> =>
    (await program("nodeseal.js", "ca", "show"))
      .split("\n")
      .filter((line) => /^(root|issuing)-g\d\t/.test(line))
      .map((line) => line.split("\t"))
      .map(([id, , state]) => `${id ?? ""} ${state ?? ""}`);
  /** What openssl says of the node's certificate to who trusts this root alone, and who issued it. */
  const verified = ({ rootFile }: OpensslCa): string => {
    const file = join(nodeDirectory, "kubelet-client-current.pem");
    const verdict = openssl(["verify", "-x509_strict", "-CAfile", rootFile, "-untrusted", file, file]);
    return `${verdict.toString()}${openssl(["x509", "-noout", "-issuer", "-in", file]).toString()}`;
  };
  const csrFile = join(dataDirectory, "issuing-g1.csr");

  it("does not start before, says in one line what to do, and asks by the same request again", async () => {
    const first = await failed(configuration());
    assert.equal(first.status, 1);
    assert.equal(
      first.stderr,
      `nodeseal: the issuing CA waits for its certificate: let the external CA sign ${csrFile}, name the result in authority.issuingCertificateFile, and start again\n`,
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
      /^nodeseal: the certificate of issuing-g1 is for another key than arn:.*\n$/,
    );
    const other = workspace();
    const stray = opensslCa(other).sign(readFileSync(csrFile, "utf8"), "stray.pem");
    const { status, stderr } = await failed(configuration({ issuingCertificateFile: stray }));
    other.remove();
    assert.equal(status, 1);
    assert.match(
      stderr,
      /"authority.issuingCertificateFile" holds .* which the key of .*Example corporate outside-root" has not signed\n$/,
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

  it("has its successor signed while it serves, and hands the fleet over", async () => {
    const first = { "issuing-g1": files.path("renewed.pem") };
    await restart({ issuingGenerations: 2, issuingCertificateFiles: first });
    const hint = "issuing-g2 waits for its certificate; see nodeseal ca csr issuing-g2\n";
    assert.ok((await program("nodeseal.js", "ca", "show")).endsWith(hint));
    const csr = await program("nodeseal.js", "ca", "csr");
    assert.equal(csr, readFileSync(join(dataDirectory, "issuing-g2.csr"), "utf8"));
    const both = { ...first, "issuing-g2": ca.sign(csr, "issuing-g2.pem") };
    await restart({ issuingGenerations: 2, issuingCertificateFiles: both });
    assert.deepEqual(await states(), ["root-g1 active", "issuing-g1 active", "issuing-g2 prepared"]);
    await program("nodeseal.js", "ca", "activate", "issuing-g2", "--wait", "180s");
    // A function keeps the bundle it read for a minute.
    await restart({ issuingGenerations: 2, issuingCertificateFiles: both });
    await program("nodeseal-agent.js", "renew", "--dir", nodeDirectory, "--force");
    assert.match(verified(ca), /issuing G2$/m);
    await program("nodeseal.js", "ca", "retire", "issuing-g1", "--wait", "180s");
    assert.deepEqual(await states(), ["root-g1 active", "issuing-g1 retired", "issuing-g2 active"]);
  });

  it("moves below another root once the fleet holds that one", async () => {
    const next = opensslCa(files, "next-root");
    const roots = { externalRootFile: undefined, externalRootFiles: [ca.rootFile, next.rootFile] };
    const second = { "issuing-g2": files.path("issuing-g2.pem") };
    await restart({ ...roots, issuingGenerations: 3, issuingCertificateFiles: second });
    const csr = await program("nodeseal.js", "ca", "csr");
    const both = { ...second, "issuing-g3": next.sign(csr, "issuing-g3.pem") };
    const authority = { ...roots, issuingGenerations: 3, issuingCertificateFiles: both };
    await restart(authority);
    const activation = ["ca", "activate", "issuing-g3", "--wait"];
    const environment = service?.environment ?? {};
    const held = await runHere("nodeseal.js", [...activation, "3s"], { environment });
    assert.match(held.stderr, /its root is in trust bundle \d+, which these nodes have not reported: n1/);
    // The first brings the bundle, the second says so.
    await program("nodeseal-agent.js", "renew", "--dir", nodeDirectory, "--force");
    await program("nodeseal-agent.js", "renew", "--dir", nodeDirectory, "--force");
    await program("nodeseal.js", "ca", "activate", "issuing-g3", "--wait", "180s");
    await restart(authority);
    await program("nodeseal-agent.js", "renew", "--dir", nodeDirectory, "--force");
    assert.match(verified(next), /issuing G3$/m);
    await program("nodeseal.js", "ca", "retire", "issuing-g2", "--wait", "180s");
    await program("nodeseal.js", "ca", "retire", "root-g1", "--wait", "180s");
    await restart({ externalRootFile: next.rootFile, issuingGenerations: 3, issuingCertificateFiles: only(both) });
    const bundle = readFileSync(service?.environment["NODESEAL_TRUST_BUNDLE"] ?? "", "utf8");
    assert.ok(bundle.includes(readFileSync(next.rootFile, "utf8").trim()));
    assert.ok(!bundle.includes(readFileSync(ca.rootFile, "utf8").trim()));
    assert.match(verified(next), /OK/);
  });
});

/** What is left when the others are over. */
function only(files: { readonly "issuing-g3": string }): Readonly<Record<string, string>> {
  return { "issuing-g3": files["issuing-g3"] };
}
