import assert from "node:assert/strict";
import { readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { join } from "node:path";
import { connect, createServer } from "node:tls";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { NetworkInterfaceInfo } from "node:os";
import { after, before, describe, it } from "node:test";
import { SYSTEM_CLOCK } from "../../agent/program/clock.ts";
import { trustServer } from "../../agent/service/server-trust.ts";
import { DEFAULT_POLICY, RULE_DEFAULTS } from "../../core/policy/policy.ts";
import { runAgent as runInside, type AgentRun } from "../agent/support/agent-run.ts";
import { startLocalService, type LocalService } from "../support/local-service.ts";
import { openssl, OPENSSL_SKIP, tryOpenssl, workspace } from "../support/openssl.ts";
import { NODE_AGENT, runAgent, runUntil } from "../support/signing-agent.ts";
import { runHere } from "../support/run-here.ts";

const SIGNER = "kubernetes.io/kubelet-serving";
const rule = { ...RULE_DEFAULTS, group: "system:nodes", signerName: SIGNER, ownNameOnly: true, dnsNames: ["{name}"] };
const policy = {
  ...DEFAULT_POLICY,
  rules: [
    ...DEFAULT_POLICY.rules,
    { ...rule, name: "serving", names: ["auto-*"], ipAddresses: ["10.2.0.0/16", "2001:db8::/32"] },
    { ...rule, name: "serving-by-hand", names: ["hand-*"], ipAddresses: ["10.2.0.0/16"], approval: "manual" },
  ],
};

describe("a node's client and serving certificate, by one command", { skip: OPENSSL_SKIP }, () => {
  const files = workspace();
  let service: LocalService;

  before(async () => {
    const config = files.write("config.json", JSON.stringify({ policy }));
    service = await startLocalService({ arguments: ["--config", config] });
  });
  after(async () => {
    await service.stop();
    files.remove();
  });

  const operator = async (...args: string[]): Promise<string> => {
    const { status, stdout, stderr } = await runHere("nodeseal.js", args, {
      environment: service.environment,
    });
    assert.equal(status, 0, stderr);
    return stdout;
  };
  const agent = (...args: string[]) => runAgent(NODE_AGENT, args, service.environment);
  const machine = async (name: string) => {
    const directory = join(service.dataDirectory, "machines", name);
    const token = files.write(`token-${name}`, await operator("token", "create", "--node", name, "--max-uses", "1"));
    const joining = ["join", "--url", service.url, "--token-file", token, "--node", name, "--dir", directory];
    return {
      directory,
      joining,
      client: join(directory, "kubelet-client-current.pem"),
      serving: join(directory, "kubelet-server-current.pem"),
    };
  };
  const serialOf = (file: string): string => openssl(["x509", "-noout", "-serial", "-in", file]).toString().trim();
  const namesOf = (file: string): string =>
    /Name: \n +(.*)\n/.exec(openssl(["x509", "-noout", "-text", "-in", file]).toString())?.[1] ?? "";
  const assertServes = (directory: string, file: string, host: string): void => {
    const bundle = join(directory, "trust-bundle.pem");
    const verify = ["verify", "-x509_strict", "-CAfile", bundle, "-untrusted", file];
    assert.equal(tryOpenssl([...verify, "-purpose", "sslserver", "-verify_hostname", host, file]).isGood, true);
    assert.equal(tryOpenssl([...verify, "-purpose", "sslclient", file]).isGood, false);
  };

  it("joins, renews and runs with both, in the kubelet's own files", async () => {
    const { directory, joining, client, serving } = await machine("auto-1");
    const flags = ["--with-serving", "--dns", "AUTO-1", "--ip", "10.2.0.9", "--ip", "2001:db8:0::9"];
    const joined = await agent(...joining, ...flags);
    assert.equal(joined.status, 0, joined.stderr);
    assertServes(directory, serving, "auto-1");
    assert.equal(namesOf(serving), "DNS:auto-1, IP Address:10.2.0.9, IP Address:2001:DB8:0:0:0:0:0:9");
    assert.match(readlinkSync(serving), /^(?:.*\/)?kubelet-server-\d{4}(-\d\d){5}\.pem$/);
    assert.match(
      (await agent(...joining, ...flags)).stdout,
      /nothing to do, this machine already has a certificate of/,
    );

    const before = [serialOf(client), serialOf(serving)];
    const renewed = await agent(
      "renew",
      "--force",
      "--dir",
      directory,
      "--exec",
      `echo $NODESEAL_CERTIFICATE >> ${directory}/hook`,
    );
    assert.equal(renewed.status, 0, renewed.stderr);
    const after = [serialOf(client), serialOf(serving)];
    assert.ok(after.every((serial) => !before.includes(serial)));
    assert.equal(readFileSync(join(directory, "hook"), "utf8"), `${client}\n${serving}\n`);

    await operator("node", "renew", "auto-1", "--within", "0");
    const seen = /(?=[^]*event=confirmed)(?=[^]*event=serving_renewed)(?=[^]*event=serving_confirmed)/;
    await runUntil(NODE_AGENT, ["--dir", directory], service.environment, seen);
    assert.notEqual(serialOf(client), after[0]);
    assert.notEqual(serialOf(serving), after[1]);
    assertServes(directory, serving, "auto-1");
    const health = JSON.parse(readFileSync(join(directory, "nodeseal-health.json"), "utf8")) as { serving: object };
    assert.deepEqual(Object.keys(health.serving).includes("notAfter"), true);

    const { status, stdout } = await agent("status", "--dir", directory, "-o", "json");
    const shown = JSON.parse(stdout) as { serving: Record<string, unknown> };
    assert.deepEqual(
      [status, shown.serving["state"], shown.serving["certificateFile"], shown.serving["isConfirmed"]],
      [0, "valid", serving, true],
    );
    assert.match((await agent("status", "--dir", directory)).stdout, /^its serving certificate: valid$/m);

    const pem = readFileSync(serving, "utf8");
    const server = createServer({ key: pem, cert: pem }, (socket) => void socket.end("served")).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const ca = readFileSync(join(directory, "trust-bundle.pem"), "utf8");
    const socket = connect({ port, host: "127.0.0.1", servername: "auto-1", ca });
    let said = "";
    socket.on("data", (chunk: Buffer) => void (said += chunk.toString("utf8")));
    await once(socket, "close");
    server.close();
    assert.equal(said, "served");
  });

  it("goes on without approval, and `run` fetches the certificate once there is one", async () => {
    const { directory, joining, client, serving } = await machine("hand-1");
    const joined = await agent(...joining, "--with-serving", "--dns", "hand-1", "--ip", "10.2.0.7");
    assert.equal(joined.status, 0, joined.stderr);
    const [, request = ""] = /nodeseal csr approve (csr-\S+);/.exec(joined.stderr) ?? [];
    assert.equal((await agent("status", "--dir", directory)).status, 3, "what is wanted is not there yet");
    assert.equal((await agent("renew", "--dir", directory)).status, 1);
    await operator("csr", "approve", request);
    const seen = /event=serving_renewed[^]*event=serving_confirmed/;
    await runUntil(NODE_AGENT, ["--dir", directory], service.environment, seen);
    assertServes(directory, serving, "hand-1");
    assert.equal((await agent("status", "--dir", directory)).status, 0);
    assert.ok(serialOf(client));
  });

  for (const [why, name, flags, says] of [
    ["no rule gives it", "none-1", ["--dns", "none-1"], /no serving certificate is given: .*matches none of/],
    ["the rule gives other addresses", "auto-2", ["--ip", "192.0.2.1"], /192\.0\.2\.1 is in none of/],
  ] as const) {
    it(`says so in one line where ${why}: the client certificate stays, and nothing half done`, async () => {
      const { directory, joining, client } = await machine(name);
      const { status, stdout, stderr } = await agent(...joining, "--with-serving", ...flags);
      assert.equal(status, 1);
      assert.match(stderr, says);
      assert.equal(stderr.trim().split("\n").length, 1, stderr);
      assert.match(stdout, new RegExp(`^joined as system:node:${name}$`, "m"));
      assert.ok(serialOf(client));
      assert.deepEqual(
        readdirSync(directory).filter((file) => /server|serving|tmp|lock/.test(file)),
        [],
      );
      assert.equal((await agent("status", "--dir", directory)).status, 0);
      assert.equal((await agent("renew", "--dir", directory)).status, 0);
    });
  }

  it("takes the machine's own names, and asks anew when it has another", async () => {
    const { joining, directory, serving } = await machine("auto-3");
    const interfaces = (...addresses: string[]) => ({
      eth0: addresses.map((address) => ({ address, internal: false }) as NetworkInterfaceInfo),
      lo: [{ address: "127.0.0.1", internal: true } as NetworkInterfaceInfo],
    });
    const inside = async (addresses: string[], ...args: string[]): Promise<AgentRun> => {
      const facts = { hostName: "Auto-3", interfaces: interfaces(...addresses) };
      const environment = service.environment;
      return await runInside(args, { trustServer, clock: SYSTEM_CLOCK, environment, machine: () => facts });
    };
    const usual = ["10.2.0.5", "fe80::1%eth0", "169.254.1.1"];
    const joined = await inside(usual, ...joining, "--with-serving");
    assert.equal(joined.exitStatus, 0, joined.stderr);
    assert.equal(namesOf(serving), "DNS:auto-3, IP Address:10.2.0.5");
    const first = serialOf(serving);
    for (const addresses of [usual, []]) {
      assert.equal((await inside(addresses, "renew", "--dir", directory)).exitStatus, 0);
      assert.equal(serialOf(serving), first, "what has gone is left out at the next renewal");
    }
    assert.equal((await inside(["10.2.0.6"], "renew", "--dir", directory)).exitStatus, 0);
    assert.equal(namesOf(serving), "DNS:auto-3, IP Address:10.2.0.6");
    rmSync(serving);
    assert.equal((await inside(["10.2.0.6"], "renew", "--dir", directory)).exitStatus, 0);
    assertServes(directory, serving, "auto-3");
  });
});
