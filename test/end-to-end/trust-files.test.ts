import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { TRUST_CONSUMERS } from "../../core/authority/trust-consumer.ts";
import { setTimeout } from "node:timers/promises";
import { run } from "../support/command.ts";
import { buildGoProgram, GO_SKIP } from "../support/go-program.ts";
import { areBundles, PROJECT, startLocalService, type LocalService } from "../support/local-service.ts";
import { OPENSSL_SKIP, workspace } from "../support/openssl.ts";
import { haproxyServer, nginxServer, serverSkip, type TlsServer } from "../support/tls-servers.ts";
import { runHere } from "../support/run-here.ts";

const skip = areBundles
  ? "what ships rolls over in test/infra/deployed-authorities.test.ts"
  : OPENSSL_SKIP || GO_SKIP || serverSkip("nginx") || serverSkip("haproxy") || serverSkip("curl");

/**
 * Each kind of server with the files that `nodeseal-agent trust` keeps. A CA is retired by force: afterwards nobody may
 * believe what it signed, also those that read no lists and are sent the retired CA's certificate along.
 */
describe("the trust files of servers", { skip }, () => {
  const files = workspace();
  let service: LocalService;
  let servers: readonly TlsServer[] = [];
  let verify: string;

  const program = async (name: string, ...args: string[]): Promise<string> => {
    const { environment } = service;
    const { status, stdout, stderr } = await runHere(name, args, { environment });
    assert.equal(status, 0, stderr);
    return stdout;
  };
  const curl = async (path: string, ...args: string[]): Promise<Buffer> => {
    const file = files.path("fetched");
    const ca = service.environment["NODESEAL_CA_FILE"] ?? "";
    const { status, stderr } = await run("curl", [
      "-fsS",
      "--cacert",
      ca,
      "-o",
      file,
      ...args,
      `${service.url}${path}`,
    ]);
    assert.equal(status, 0, stderr);
    return readFileSync(file);
  };
  const idsFor = async (query: string): Promise<readonly string[]> => {
    const answer = await curl(`/v1/trust-bundle?${query}`, "-H", "Accept: application/json");
    const { authorities } = JSON.parse(answer.toString()) as { authorities: readonly { readonly id: string }[] };
    return authorities.map(({ id }) => id);
  };
  /** What a unit does, once, in another place and without its reload. */
  const byUnit = async (consumer: string, directory: string): Promise<void> => {
    const unit = readFileSync(join(PROJECT, "agent/systemd/nodeseal-agent-trust@.service"), "utf8");
    const [, command = ""] = /^ExecStart=\S+ (trust .*) --exec /m.exec(unit) ?? [];
    const options = command.replaceAll("/var/lib/nodeseal/trust/%i", directory).replaceAll("%i", consumer).split(" ");
    await program("nodeseal-agent.js", ...options, "--once", "--url", service.url, "--dir", files.path("trust"));
  };
  const fetchAll = async (): Promise<void> => {
    for (const [index, consumer] of ["nginx", "haproxy"].entries())
      await byUnit(consumer, servers[index]?.directory ?? "");
    const where = ["--once", "--url", service.url, "--dir", files.path("trust")];
    const forGo = ["--for", "kube-apiserver", "--file", files.path("client-ca.pem")];
    await program("nodeseal-agent.js", "trust", ...where, ...forGo);
  };
  const leafOf = (node: string): string => join(files.path(node), "kubelet-client-current.pem");
  const joinedAs = async (node: string): Promise<void> => {
    const token = (await program("nodeseal.js", "token", "create", "--max-uses", "1")).trim();
    const args = ["--token", token, "--node", node, "--dir", files.path(node)];
    await program("nodeseal-agent.js", "join", "--url", service.url, ...args);
  };
  /** As kube-apiserver does with --client-ca-file: Go's verifier, and what the client sent along. */
  const goBelieves = async (node: string, roots: string): Promise<boolean> => {
    const now = String(Math.floor(Date.now() / 1000));
    const { stdout } = await run(verify, [files.path(roots), leafOf(node), now, "client", leafOf(node)]);
    return stdout.startsWith("ok");
  };
  /** With the files of nginx, and what the client sent along. */
  const opensslBelieves = async (node: string): Promise<boolean> => {
    const [ca, crl] = ["ca.pem", "crl.pem"].map((name) => join(servers[0]?.directory ?? "", name));
    const checks = ["-purpose", "sslclient", "-crl_check_all", "-CAfile", ca ?? "", "-CRLfile", crl ?? ""];
    const { stdout } = await run("openssl", ["verify", ...checks, "-untrusted", leafOf(node), leafOf(node)]);
    return stdout.endsWith(": OK\n");
  };
  const verdicts = async (node: string): Promise<readonly boolean[]> => [
    ...(await Promise.all(servers.map((server) => server.serves(leafOf(node))))),
    await goBelieves(node, "client-ca.pem"),
    await opensslBelieves(node),
  ];
  const LET_IN = [true, true, true, true];
  const TURNED_AWAY = [false, false, false, false];
  /** A function goes on with the bundle and the lists it read for a minute: a new one reads them anew. */
  const restarted = async (): Promise<void> => {
    await service.stop();
    // At the address that machines have joined.
    const port = Number(new URL(service.url).port);
    service = await startLocalService({ ...options(), port, dataDirectory: service.dataDirectory });
  };
  const options = () => {
    const validators = { refreshSeconds: 0 };
    const environment = { POWERTOOLS_LOG_LEVEL: "INFO" };
    return { environment, arguments: ["--config", files.write("config.json", JSON.stringify({ validators }))] };
  };
  /** Until a reconciliation has said that it published this. */
  const published = async (authorityId: string, revoked = 0): Promise<void> => {
    const deadline = performance.now() + 60_000;
    const isTold = (line: string): boolean =>
      line.includes('"event":"revocation_list_published"') &&
      line.includes(`"authorityId":"${authorityId}"`) &&
      line.includes(`"revokedCertificates":${revoked}`);
    while (!service.output().split("\n").some(isTold)) {
      if (performance.now() > deadline) throw new Error(`no list of ${authorityId}:\n${service.output()}`);
      await setTimeout(50);
    }
  };

  before(async () => {
    verify = buildGoProgram(join(PROJECT, "test/go/verify/main.go"), files.path("verify"));
    service = await startLocalService(options());
    servers = [nginxServer(files.path("nginx")), haproxyServer(files.path("haproxy"))];
    await joinedAs("old");
    await published("root-g1");
    await published("issuing-g1");
    await restarted();
    await fetchAll();
    for (const server of servers) await server.start();
  });
  after(async () => {
    for (const server of servers) await server.stop();
    await service.stop();
    files.remove();
  });

  it("let in whom the service certified", async () => {
    assert.deepEqual(await verdicts("old"), LET_IN);
  });

  it("have what each kind needs", async () => {
    const all = ["issuing-g1", "root-g1"];
    const special = new Map<string, readonly string[]>([
      ["kube-apiserver", ["issuing-g1"]],
      ["roots", ["root-g1"]],
    ]);
    for (const consumer of TRUST_CONSUMERS)
      assert.deepEqual(await idsFor(`for=${consumer}`), special.get(consumer) ?? all, consumer);
    assert.deepEqual(await idsFor("for=nginx&without=retiring"), all);
  });

  it("are refused under a name that is none, for more than was meant must not be trusted", async () => {
    const ca = service.environment["NODESEAL_CA_FILE"] ?? "";
    for (const query of ["for=apache", "for=", "fro=nginx", "for=nginx&for=roots", "for=NGINX", "without=active"]) {
      const { stdout } = await run("curl", ["-sS", "--cacert", ca, `${service.url}/v1/trust-bundle?${query}`]);
      assert.match(
        stdout,
        /"code":"malformed_request".*allowed are for, without|must be (kube-apiserver or|retiring)/,
        query,
      );
    }
  });

  it("have a tag of their own each", async () => {
    const tag = files.path("tag");
    await curl("/v1/trust-bundle?for=nginx", "--etag-save", tag);
    const status = ["--etag-compare", tag, "-w", "%{http_code}", "-s", "-o", "/dev/null"];
    const ca = ["--cacert", service.environment["NODESEAL_CA_FILE"] ?? ""];
    const codeOf = async (consumer: string): Promise<string> =>
      (await run("curl", [...ca, ...status, `${service.url}/v1/trust-bundle?for=${consumer}`])).stdout;
    assert.equal(await codeOf("nginx"), "304");
    assert.equal(await codeOf("kube-apiserver"), "200");
  });

  it("let in both generations while one gives way to the other", async () => {
    await program("nodeseal.js", "ca", "prepare", "--wait", "30s");
    await program("nodeseal.js", "ca", "activate", "issuing-g2", "--wait", "30s");
    await published("issuing-g2");
    await restarted();
    await joinedAs("new");
    await fetchAll();
    for (const server of servers) await server.reload();
    assert.deepEqual(await verdicts("old"), LET_IN);
    assert.deepEqual(await verdicts("new"), LET_IN);
    assert.deepEqual(await idsFor("for=kube-apiserver&without=retiring"), ["issuing-g2"]);
  });

  it("turn away what a CA signed that was retired by force, wherever they are", async () => {
    await program("nodeseal.js", "ca", "retire", "issuing-g1", "--force", "--yes", "--wait", "30s");
    await published("root-g1", 1);
    await restarted();
    await fetchAll();
    for (const server of servers) await server.reload();
    assert.deepEqual(await verdicts("old"), TURNED_AWAY);
    assert.deepEqual(await verdicts("new"), LET_IN);
    // What a verifier without lists does that was given the root: this is why it must not be.
    files.write("whole-bundle.pem", await curl("/v1/trust-bundle"));
    assert.ok(await goBelieves("old", "whole-bundle.pem"));
  });

  it("turn away what a CA signed that was retired when nobody used it any more", async () => {
    await program("nodeseal.js", "ca", "prepare", "--wait", "30s");
    await program("nodeseal.js", "ca", "activate", "issuing-g3", "--wait", "30s");
    await published("issuing-g3");
    await restarted();
    mkdirSync(files.path("copy"));
    copyFileSync(leafOf("new"), leafOf("copy"));
    await program("nodeseal-agent.js", "renew", "--force", "--dir", files.path("new"));
    await fetchAll();
    for (const server of servers) await server.reload();
    assert.deepEqual([await verdicts("copy"), await verdicts("new")], [LET_IN, LET_IN]);
    await program("nodeseal.js", "ca", "retire", "issuing-g2", "--yes", "--wait", "30s");
    await published("root-g1", 2);
    await restarted();
    await fetchAll();
    for (const server of servers) await server.reload();
    assert.deepEqual([await verdicts("copy"), await verdicts("new")], [TURNED_AWAY, LET_IN]);
  });
});
