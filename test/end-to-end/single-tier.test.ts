import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { run, type CommandResult } from "../support/command.ts";
import { areBundles, startLocalService, type LocalService } from "../support/local-service.ts";
import { openssl, OPENSSL_SKIP, workspace } from "../support/openssl.ts";
import { runHere } from "../support/run-here.ts";

// What ships is built for a hierarchy: this one's is in the test named here.
const skip = areBundles
  ? "what ships has single-tier hierarchy in test/infra/deployed-single-tier.test.ts"
  : OPENSSL_SKIP;

describe("an issuing CA that is its own root, as operators and nodes see it", { skip }, () => {
  const files = workspace();
  const dataDirectory = files.path("data");
  const directory = files.path("node");
  const leaf = join(directory, "kubelet-client-current.pem");
  const config = files.write("nodeseal.json", JSON.stringify({ authority: { hierarchy: "single" } }));
  let service: LocalService;

  const start = (port = 0) =>
    startLocalService({ dataDirectory, port, arguments: ["--config", config], isUnlikeDefault: true });
  const program = (name: string, ...args: string[]): Promise<CommandResult> =>
    runHere(name, args, { environment: service.environment });
  const done = async (name: string, ...args: string[]): Promise<string> => {
    const { status, stdout, stderr } = await program(name, ...args);
    assert.equal(status, 0, stderr);
    return stdout;
  };
  const nodeseal = (...args: string[]) => done("nodeseal.js", ...args);
  const renew = () => done("nodeseal-agent.js", "renew", "--dir", directory, "--force");
  const states = async (): Promise<readonly string[]> =>
    (await nodeseal("ca", "show"))
      .split("\n")
      .filter((line) => /^\w+-g\d\t/.test(line))
      .map((line) => line.split("\t").slice(0, 3).join(" "));
  const issuer = () => openssl(["x509", "-noout", "-issuer", "-in", leaf]).toString().trim();
  /** Below the lines for people. */
  const certificateOf = async (id: string): Promise<string> =>
    (await nodeseal("ca", "show", id)).replace(/^[^]*?(?=-----BEGIN)/, "");
  const cutPower = async (): Promise<void> => {
    const { port } = new URL(service.url);
    await service.kill();
    service = await start(Number(port));
  };
  /** What openssl says to who trusts this CA, and has nothing else. */
  const verified = async (id: string): Promise<string> => {
    const ca = files.write(`${id}.pem`, await certificateOf(id));
    return openssl(["verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", ca, leaf]).toString();
  };

  before(async () => {
    service = await start();
    const token = await nodeseal("token", "create", "--max-uses", "1");
    const { NODESEAL_URL: url = "" } = service.environment;
    await done(
      "nodeseal-agent.js",
      ...["join", "--url", url, "--token", token.trim(), "--node", "n1", "--dir", directory],
    );
  });
  after(async () => {
    await service.stop();
    files.remove();
  });

  it("is the only CA, and signs certificates that verify against it alone", async () => {
    assert.deepEqual(await states(), ["issuing-g1 issuing active"]);
    assert.match(await verified("issuing-g1"), /OK/);
    assert.equal(readFileSync(leaf, "utf8").match(/BEGIN CERTIFICATE/g)?.length, 1);
    assert.equal(await nodeseal("ca", "bundle"), await certificateOf("issuing-g1"));
  });

  it("signs its revocation list itself", async () => {
    const list = files.write("list.pem", await nodeseal("ca", "crl", "issuing-g1"));
    const trusted = ["-CAfile", service.environment["NODESEAL_TRUST_BUNDLE"] ?? ""];
    assert.match(openssl(["verify", "-crl_check_all", "-CRLfile", list, ...trusted, leaf]).toString(), /OK/);
  });

  it("has its certificates renewed, by mutual TLS too", async () => {
    const before = readFileSync(leaf, "utf8");
    await renew();
    assert.notEqual(readFileSync(leaf, "utf8"), before);
    assert.match(await verified("issuing-g1"), /OK/);
  });

  it("gives way to the next one once the node has its bundle, which a renewal reports", async () => {
    await nodeseal("ca", "prepare", "--wait", "30s");
    const early = await program("nodeseal.js", "ca", "activate", "issuing-g2", "--wait", "6s");
    assert.match(early.stderr, /it is in trust bundle 2, which these nodes have not reported: n1 \(holds 1\); --force/);
    // A function keeps the bundle it read for a minute. The first renewal fetches the new one, the second says so.
    await cutPower();
    await renew();
    await renew();
    assert.equal(await nodeseal("ca", "activate", "issuing-g2", "--wait", "30s"), "activate issuing-g2 done\n");
    assert.deepEqual(await states(), ["issuing-g1 issuing retiring", "issuing-g2 issuing active"]);
  });

  it("survives a power cut, and lets go of the old one by itself", async () => {
    await cutPower();
    await renew();
    assert.match(issuer(), /issuing G2$/);
    assert.match(await verified("issuing-g2"), /OK/);
    assert.equal(await nodeseal("ca", "retire", "issuing-g1", "--wait", "30s"), "retire issuing-g1 done\n");
    const { NODESEAL_TRUST_BUNDLE: bundle = "" } = service.environment;
    assert.equal(readFileSync(bundle, "utf8"), await certificateOf("issuing-g2"));
  });

  it("gets no root, and says why in a line", async () => {
    const { status, stderr } = await program("nodeseal.js", "ca", "prepare", "--role", "root", "--wait", "20s");
    assert.equal(status, 1);
    assert.match(stderr, /^nodeseal: prepare root-g1 was refused: .* issuing CAs are their own roots; .*\n$/);
  });

  it("does not start under another hierarchy, and says why in a line", async () => {
    await service.stop();
    const { status, stderr } = await run("node", ["bin/nodeseal-local.js", "--port", "0", "--data-dir", dataDirectory]);
    assert.equal(status, 1);
    assert.equal(
      stderr,
      'nodeseal: this cluster\'s issuing CA is its own root: authority.hierarchy must stay "single", got "own"\n',
    );
  });
});
