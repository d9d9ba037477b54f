import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout } from "node:timers/promises";
import { shardsOf } from "../../core/authority/revocation-shard.ts";
import { run } from "../support/command.ts";
import { areBundles, PINNED_PATH, PROJECT, startLocalService, type LocalService } from "../support/local-service.ts";
import { openssl, OPENSSL_SKIP, tryOpenssl, workspace } from "../support/openssl.ts";
import { isAdmittedBy } from "../support/tls-admission.ts";
import { runHere } from "../support/run-here.ts";

const hasCurl = spawnSync("curl", ["--version"]).status === 0;
const needsCurl = hasCurl || process.env["CI"] !== undefined ? false : "curl is not on this machine";
const skip = areBundles
  ? "what ships makes lists in test/infra/deployed-revocation-lists.test.ts"
  : OPENSSL_SKIP || needsCurl;
const PATIENCE_MS = 120_000;
const URL_OF_LISTS = "http://crl.example.com/pki";
const REVOKED = /certificate revoked/;

/** Lists are first fetched once the revocation is on them: a function looks for a newer one once a minute. */
describe("revocation lists, as TLS servers use them", { skip }, () => {
  const files = workspace();
  let service: LocalService;
  let bundle: string;
  const serialNumbers: Record<string, string> = {};

  const leaf = (nodeName: string): string => join(files.path(nodeName), "kubelet-client-current.pem");
  const program = async (name: string, ...args: string[]): Promise<string> => {
    const { status, stdout, stderr } = await runHere(name, args, {
      environment: service.environment,
    });
    assert.equal(status, 0, stderr);
    return stdout;
  };
  const curl = async (...args: string[]): Promise<string> => {
    const ca = service.environment["NODESEAL_CA_FILE"] ?? "";
    const { status, stdout, stderr } = await run("curl", ["-fsS", "--cacert", ca, ...args]);
    assert.equal(status, 0, stderr);
    return stdout;
  };
  /** Into a PEM file, when openssl finds its signature good. */
  const fetched = async (path: string): Promise<string> => {
    const name = path.replaceAll("/", "-");
    await curl(`${service.url}/v1/crl/${path}`, "-o", files.path(name));
    const inDer = ["crl", "-inform", "DER", "-in", files.path(name)];
    assert.match(tryOpenssl([...inDer, "-CAfile", bundle, "-verify", "-noout"]).output, /^verify OK$/m);
    return files.write(`${name}.pem`, openssl(inDer));
  };
  const verdict = (nodeName: string, check: string, ...lists: string[]): string =>
    tryOpenssl([
      ...["verify", check, ...lists.flatMap((file) => ["-CRLfile", file]), "-CAfile", bundle],
      ...["-untrusted", leaf(nodeName), leaf(nodeName)],
    ]).output;
  const shardOf = (nodeName: string): string => (serialNumbers[nodeName] ?? "").slice(0, 1);
  /** Every list there is, the revocation on those where it belongs: reconciliations say what they publish. */
  const published = async (): Promise<void> => {
    const deadline = performance.now() + PATIENCE_MS;
    const isTold = (authorityId: string, shard: string | undefined, revoked = ""): boolean =>
      service
        .output()
        .split("\n")
        .some(
          (line) =>
            line.includes('"event":"revocation_list_published"') &&
            line.includes(`"authorityId":"${authorityId}"`) &&
            (shard === undefined ? !line.includes('"shard"') : line.includes(`"shard":"${shard}"`)) &&
            line.includes(`"revokedCertificates":${revoked}`),
        );
    const areTold = (): boolean =>
      isTold("root-g1", undefined) &&
      isTold("issuing-g1", undefined, "1") &&
      shardsOf(16).every((shard) => isTold("issuing-g1", shard, shard === shardOf("lost") ? "1" : ""));
    while (!areTold()) {
      if (performance.now() > deadline) throw new Error(`not all lists were published:\n${service.output()}`);
      await setTimeout(50);
    }
  };

  before(async () => {
    const revocationLists = { shards: 16, url: URL_OF_LISTS };
    service = await startLocalService({
      arguments: ["--config", files.write("config.json", JSON.stringify({ revocationLists }))],
      environment: { POWERTOOLS_LOG_LEVEL: "INFO" },
    });
    bundle = service.environment["NODESEAL_TRUST_BUNDLE"] ?? "";
    for (const nodeName of ["lost", "kept"]) {
      const token = (await program("nodeseal.js", "token", "create", "--max-uses", "1")).trim();
      const node = ["--token", token, "--node", nodeName, "--dir", files.path(nodeName)];
      await program("nodeseal-agent.js", "join", ...node);
      const text = openssl(["x509", "-noout", "-serial", "-in", leaf(nodeName)]).toString();
      serialNumbers[nodeName] = text.replace("serial=", "").trim().toLowerCase();
    }
    await program("nodeseal.js", "cert", "revoke", serialNumbers["lost"] ?? "", "--reason", "keyCompromise");
    await published();
  });
  after(async () => {
    await service.stop();
    files.remove();
  });

  it("refuse what an operator revoked, and nothing else, with a list of every CA in the chain", async () => {
    const lists = [await fetched("issuing-g1"), await fetched("root-g1")];
    assert.match(verdict("lost", "-crl_check_all", ...lists), REVOKED);
    assert.match(verdict("kept", "-crl_check_all", ...lists), /kubelet-client-current\.pem: OK/);
    assert.equal(await program("nodeseal.js", "ca", "crl", "issuing-g1"), readFileSync(lists[0] ?? "", "utf8"));
    const text = openssl(["crl", "-noout", "-text", "-in", lists[0] ?? ""]).toString();
    assert.match(text, new RegExp(`Serial Number: ${(serialNumbers["lost"] ?? "").toUpperCase()}\n`));
    assert.match(text, /Key Compromise/);
    assert.equal(text.match(/Serial Number:/g)?.length, 1);
  });

  it("do so by the part that a certificate names, which is not taken for another", async () => {
    for (const [nodeName, expected] of [
      ["lost", REVOKED],
      ["kept", /: OK/],
    ] as const) {
      const named = openssl(["x509", "-noout", "-ext", "crlDistributionPoints", "-in", leaf(nodeName)]).toString();
      const [, path = ""] = /URI:http:\/\/crl\.example\.com\/pki\/v1\/crl\/(\S+)/.exec(named) ?? [];
      assert.equal(path, `issuing-g1/${shardOf(nodeName)}`);
      assert.match(verdict(nodeName, "-crl_check", await fetched(path)), expected);
    }
    const foreign = await fetched(`issuing-g1/${shardOf("lost") === "f" ? "0" : "f"}`);
    assert.match(verdict("lost", "-crl_check", foreign), /Different CRL scope/i);
  });

  it("have a TLS server turn the revoked node away, and let the other in", async () => {
    const crl = (await Promise.all(["issuing-g1", "root-g1"].map(fetched))).map((file) => readFileSync(file, "utf8"));
    const ca = readFileSync(bundle, "utf8");
    const client = (nodeName: string) => readFileSync(leaf(nodeName), "utf8");
    assert.equal(await isAdmittedBy({ ca, crl }, client("lost")), "CERT_REVOKED");
    assert.equal(await isAdmittedBy({ ca, crl }, client("kept")), true);
  });

  it("are fetched once by whoever keeps the tag", async () => {
    const tag = files.path("tag");
    const url = `${service.url}/v1/crl/issuing-g1`;
    const status = ["-o", files.path("kept.crl"), "-w", "%{http_code} %{content_type}"];
    assert.equal(await curl("--etag-save", tag, ...status, url), "200 application/pkix-crl");
    assert.match(await curl("--etag-compare", tag, ...status, url), /^304/);
  });

  it("are kept by the script of docs/operations.md as it stands", async () => {
    const directory = files.path("nginx");
    mkdirSync(directory);
    const [, script = ""] =
      /^```sh\n(#!\/bin\/sh\n# [^\n]*fetch-crl[\s\S]*?)^```$/m.exec(
        readFileSync(join(PROJECT, "docs/operations.md"), "utf8"),
      ) ?? [];
    assert.ok(script.includes("cd /etc/nginx/nodeseal\n"), "the page has its script");
    const file = files.write("fetch-crl", script.replace("/etc/nginx/nodeseal", directory));
    // In nginx's place: it says that it was told.
    mkdirSync(files.path("bin"));
    writeFileSync(files.path("bin/nginx"), `#!/bin/sh\necho "$@" >> ${files.path("told")}\n`);
    chmodSync(files.path("bin/nginx"), 0o755);
    const environment = {
      PATH: `${files.path("bin")}:${PINNED_PATH}`,
      CURL_CA_BUNDLE: service.environment["NODESEAL_CA_FILE"] ?? "",
    };
    for (let time = 0; time < 2; time++) {
      const { status, stderr } = await run("sh", [file, service.url], { environment });
      assert.equal(status, 0, stderr);
      assert.equal(readFileSync(files.path("told"), "utf8"), "-s reload\n");
    }
    const lists = join(directory, "crl.pem");
    assert.equal(readFileSync(lists, "utf8").match(/BEGIN X509 CRL/g)?.length, 2);
    bundle = join(directory, "ca.pem");
    assert.match(verdict("lost", "-crl_check_all", lists), REVOKED);
    assert.match(verdict("kept", "-crl_check_all", lists), /: OK/);
  });
});
