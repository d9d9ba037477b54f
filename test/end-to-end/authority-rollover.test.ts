import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { CommandResult } from "../support/command.ts";
import { areBundles, startLocalService, type LocalService } from "../support/local-service.ts";
import { openssl, OPENSSL_SKIP, workspace } from "../support/openssl.ts";
import { runHere } from "../support/run-here.ts";

/** Here the authority function makes a generation's key; in AWS it comes with a deployment, which then prepares the CA. */
const skip = areBundles ? "what ships rolls over in test/infra/deployed-authorities.test.ts" : OPENSSL_SKIP;

describe("the life of CA generations, as operators see it", { skip }, () => {
  const files = workspace();
  let service: LocalService;
  let directory: string;
  let current: string;

  const nodeseal = (...args: string[]): Promise<CommandResult> =>
    runHere("nodeseal.js", args, { environment: service.environment });
  const done = async (...args: string[]): Promise<string> => {
    const { status, stdout, stderr } = await nodeseal(...args);
    assert.equal(status, 0, stderr);
    return stdout;
  };
  const agent = (...args: string[]): Promise<CommandResult> =>
    runHere("nodeseal-agent.js", args, { environment: service.environment });
  const states = async (): Promise<readonly string[]> =>
    (await done("ca", "show"))
      .split("\n\n", 1)[0]
      ?.trim()
      .split("\n")
      .slice(1)
      .map((line) => line.split("\t").slice(0, 3).join(" ")) ?? [];
  const cutPower = async (): Promise<void> => {
    const { dataDirectory } = service;
    await service.kill();
    service = await startLocalService({ dataDirectory, port: Number(new URL(service.url).port) });
  };
  const issuerOf = (file: string): string => openssl(["x509", "-noout", "-issuer", "-in", file]).toString().trim();
  const verify = (bundle: string, certificate: string): string =>
    openssl(["verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", bundle, certificate]).toString();

  before(async () => {
    service = await startLocalService();
    directory = files.path("node");
    current = join(directory, "kubelet-client-current.pem");
    const token = await done("token", "create", "--max-uses", "1");
    const url = service.environment["NODESEAL_URL"] ?? "";
    const joined = await agent("join", "--url", url, "--token", token.trim(), "--node", "n1", "--dir", directory);
    assert.equal(joined.status, 0, joined.stderr);
  });
  after(async () => {
    await service.stop();
    files.remove();
  });

  it("begins with a root and an issuing CA", async () => {
    assert.deepEqual(await states(), ["root-g1 root active", "issuing-g1 issuing active"]);
    assert.match(issuerOf(current), /issuing G1$/);
  });

  it("refuses what cannot be, with a way out", async () => {
    const { status, stderr } = await nodeseal("ca", "retire", "issuing-g1");
    assert.equal(status, 1);
    assert.match(stderr, /^nodeseal: issuing-g1 is active; activate another first: nodeseal ca prepare/);
    assert.match((await nodeseal("ca", "activate", "issuing-g9")).stderr, /there is no CA generation "issuing-g9"/);
  });

  it("prepares the next one and lets it sign", async () => {
    assert.equal(await done("ca", "prepare", "--wait", "180s"), "prepare issuing-g2 done\n");
    assert.deepEqual(await states(), [
      "root-g1 root active",
      "issuing-g1 issuing active",
      "issuing-g2 issuing prepared",
    ]);
    assert.equal(await done("ca", "activate", "issuing-g2", "--wait", "180s"), "activate issuing-g2 done\n");
    assert.deepEqual(await states(), [
      "root-g1 root active",
      "issuing-g1 issuing retiring",
      "issuing-g2 issuing active",
    ]);
  });

  it("survives a power cut, and still accepts what the one before has signed", async () => {
    await cutPower();
    assert.match(verify(service.environment["NODESEAL_TRUST_BUNDLE"] ?? "", current), /OK/);
    assert.deepEqual(
      await done("ca", "bundle"),
      readFileSync(service.environment["NODESEAL_TRUST_BUNDLE"] ?? "", "utf8"),
    );
  });

  it("does not let go of a CA that a node still uses, and says which", async () => {
    let { status, stderr } = await nodeseal("ca", "retire", "issuing-g1", "--wait", "10s");
    // Servers have their time first: seconds here, and more where all is slow.
    for (let times = 0; times < 12 && !stderr.includes("still uses"); times++)
      ({ status, stderr } = await nodeseal("ca", "retire", "issuing-g1", "--wait", "10s"));
    assert.equal(status, 1);
    assert.match(stderr, /retire issuing-g1 is not done yet: n1 still uses certificate [0-9a-f]{32} of it/);
    assert.match(await done("ca", "show"), /\nCHANGE\t.*\n\d+\tretire\tissuing-g1\theld\t.*n1 still uses/);
  });

  it("moves the node to the next one with its renewal, and then lets go by itself", async () => {
    const renewed = await agent("renew", "--dir", directory, "--force");
    assert.equal(renewed.status, 0, renewed.stderr);
    assert.match(issuerOf(current), /issuing G2$/);
    assert.match(verify(service.environment["NODESEAL_TRUST_BUNDLE"] ?? "", current), /OK/);
    assert.equal(await done("ca", "retire", "issuing-g1", "--wait", "180s"), "retire issuing-g1 done\n");
    assert.deepEqual(await states(), [
      "root-g1 root active",
      "issuing-g1 issuing retired",
      "issuing-g2 issuing active",
    ]);
    const bundle = readFileSync(service.environment["NODESEAL_TRUST_BUNDLE"] ?? "", "utf8");
    assert.equal(bundle.match(/BEGIN/g)?.length, 2);
    assert.match(verify(service.environment["NODESEAL_TRUST_BUNDLE"] ?? "", current), /OK/);
  });

  it("holds a new root until every node has its bundle, which agents say before they renew", async () => {
    await done("ca", "prepare", "--role", "root", "--wait", "180s");
    const held = await nodeseal("ca", "activate", "root-g2", "--wait", "6s");
    assert.match(
      held.stderr,
      /: it is in trust bundle 5, which these nodes have not reported: n1 \(holds \d\); --force/,
    );
    // A function keeps the bundle it read for a minute.
    await cutPower();
    const looked = await agent("renew", "--dir", directory);
    assert.equal(looked.status, 0, looked.stderr);
    assert.equal(await done("ca", "activate", "root-g2", "--wait", "180s"), "activate root-g2 done\n");
    await done("ca", "prepare", "--wait", "180s");
    await done("ca", "activate", "issuing-g3", "--wait", "180s");
    const issuing = files.write("g3.pem", await done("ca", "show", "issuing-g3"));
    assert.match(issuerOf(issuing), /root G2$/);
    const root = files.write("root.pem", await done("ca", "show", "root-g2"));
    assert.match(openssl(["verify", "-x509_strict", "-CAfile", root, issuing]).toString(), /OK/);
    await cutPower();
    const renewed = await agent("renew", "--dir", directory, "--force");
    assert.equal(renewed.status, 0, renewed.stderr);
    assert.match(issuerOf(current), /issuing G3$/);
    const chain = ["-CAfile", root, "-untrusted", issuing, "-purpose", "sslclient"];
    assert.match(openssl(["verify", "-x509_strict", ...chain, current]).toString(), /OK/);
  });
});
