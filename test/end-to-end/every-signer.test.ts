import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { connect, createServer, type TLSSocket } from "node:tls";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { DEFAULT_TOKEN_GROUP } from "../../core/token/bootstrap-token.ts";
import { RULE_DEFAULTS, type PolicyRule } from "../../core/policy/policy.ts";
import { areBundles, startLocalService, type LocalService } from "../support/local-service.ts";
import { openssl, OPENSSL_SKIP, tryOpenssl, workspace } from "../support/openssl.ts";
import { policyOfPage } from "../support/policy-page.ts";
import { NODE_AGENT, runAgent, runUntil, SHELL_AGENTS, type SigningAgent } from "../support/signing-agent.ts";
import { isMissing } from "../agent/support/shell-machine.ts";
import { runHere } from "../support/run-here.ts";

/** Agents with the same options: each is driven through the same life. */
const AGENTS: readonly SigningAgent[] = [NODE_AGENT, ...SHELL_AGENTS];

interface Wanted {
  readonly signer: string;
  /** Of the token. */
  readonly group: string;
  /** What `join` is told beside the signer. */
  readonly flags: readonly string[];
  readonly prefix: string;
  readonly subject: string;
  readonly altNames?: string;
  readonly purposes: readonly ("sslclient" | "sslserver")[];
  readonly host?: string;
}

const WEB = ["--node", "web-1", "--dns", "Web-1.Example.com.", "--ip", "10.0.0.7"];
const PEER = ["--node", "etcd-1", "--dns", "etcd-1.example.com", "--ip", "10.0.0.9"];
const SERVING = ["--node", "n1", "--dns", "n1", "--ip", "10.2.0.9", "--ip", "::ffff:10.2.0.9"];

const LIVES: readonly Wanted[] = [
  {
    signer: "nodeseal.dev/server",
    group: "system:bootstrappers:web",
    flags: WEB,
    prefix: "server",
    subject: "CN = web-1",
    altNames: "DNS:web-1.example.com, IP Address:10.0.0.7",
    purposes: ["sslserver"],
    host: "web-1.example.com",
  },
  {
    signer: "kubernetes.io/kube-apiserver-client",
    group: "system:bootstrappers:people",
    flags: ["--common-name", "jane.doe@example.com", "--organization", "developers"],
    prefix: "client",
    subject: "O = developers, CN = jane.doe@example.com",
    purposes: ["sslclient"],
  },
  {
    signer: "nodeseal.dev/peer",
    group: "system:bootstrappers:etcd",
    flags: PEER,
    prefix: "peer",
    subject: "CN = etcd-1",
    altNames: "DNS:etcd-1.example.com, IP Address:10.0.0.9",
    purposes: ["sslclient", "sslserver"],
    host: "etcd-1.example.com",
  },
  {
    signer: "nodeseal.dev/client",
    group: "system:bootstrappers:jobs",
    flags: ["--node", "job-1", "--organization", "jobs", "--organization", "batch"],
    prefix: "client",
    subject: "O = jobs, O = batch, CN = job-1",
    purposes: ["sslclient"],
  },
  {
    signer: "kubernetes.io/kubelet-serving",
    group: DEFAULT_TOKEN_GROUP,
    flags: SERVING,
    prefix: "kubelet-server",
    subject: "O = system:nodes, CN = system:node:n1",
    altNames: "DNS:n1, IP Address:10.2.0.9",
    purposes: ["sslserver"],
    host: "n1",
  },
  {
    signer: "kubernetes.io/kube-apiserver-client-kubelet",
    group: DEFAULT_TOKEN_GROUP,
    flags: ["--node", "n1"],
    prefix: "kubelet-client",
    subject: "O = system:nodes, CN = system:node:n1",
    purposes: ["sslclient"],
  },
];

/** The page has rules for the others. Its serving certificates wait for an administrator, which another test does. */
const MORE_RULES: readonly PolicyRule[] = [
  { group: "system:bootstrappers:jobs", ownNameOnly: false },
  { group: "jobs", ownNameOnly: true },
].map((rule) => ({
  ...RULE_DEFAULTS,
  ...rule,
  name: `jobs-${rule.group.replaceAll(":", "-")}`,
  signerName: "nodeseal.dev/client",
  organizations: ["jobs", "batch"],
}));
const SERVING_RULE: PolicyRule = {
  ...RULE_DEFAULTS,
  name: "serving-by-token",
  group: DEFAULT_TOKEN_GROUP,
  signerName: "kubernetes.io/kubelet-serving",
  dnsNames: ["{name}"],
  ipAddresses: ["10.2.0.0/16"],
};
const page = policyOfPage((rule) => (rule.name === "node-serving" ? { ...rule, approval: "auto" } : rule));
const policy = { ...page, rules: [...page.rules, ...MORE_RULES, SERVING_RULE] };

describe("a certificate of every signer, by the policy of docs/policy.md", { skip: OPENSSL_SKIP }, () => {
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

  for (const [at, agent] of AGENTS.entries()) {
    const isMissingShell = !agent.stays && isMissing({ name: agent.name, shell: agent.command.slice(0, -1) });
    const skip = isMissingShell && `${agent.name} has no shell here`;
    // Each signer by one of the shells: what differs between them has tests of its own.
    const lives = agent.stays
      ? LIVES
      : LIVES.filter((_, index) => !areBundles && index % SHELL_AGENTS.length === at - 1);
    for (const wanted of lives.map((life) => asOfMachine(life, at))) {
      it(`of ${wanted.signer}: ${agent.name} joins, renews, hears what an operator wants`, { skip }, async () => {
        const { signer, group, flags, prefix } = wanted;
        const directory = directoryOf(service, agent, signer);
        const token = files.write("token", await operator("token", "create", "--group", group, "--max-uses", "1"));
        const current = join(directory, `${prefix}-current.pem`);
        const does = async (by: SigningAgent, ...args: string[]): Promise<string> => {
          const { status, stdout, stderr } = await runAgent(by, args, service.environment);
          assert.equal(status, 0, `${args.join(" ")}: ${stderr}`);
          return stdout;
        };

        const joining = ["join", "--url", service.url, "--token-file", token, "--signer", signer, "--dir", directory];
        await does(agent, ...joining, ...flags);
        const first = assertRight(directory, wanted);
        assert.match(await does(agent, ...joining, ...flags), /^nothing to do/m);
        assert.equal(assertRight(directory, wanted), first);

        await does(agent, "renew", "--force", "--dir", directory);
        const second = assertRight(directory, wanted);
        assert.notEqual(second, first);

        // What an operator asks for, it hears of at its next question.
        await operator("node", "renew", wanted.subject.split(/CN = (?:system:node:)?/)[1] ?? "", "--within", "0");
        const hook = `printf '%s %s' "$NODESEAL_SERIAL_NUMBER" "$NODESEAL_CERTIFICATE" > ${directory}/hook`;
        const log = agent.stays
          ? await runUntil(
              agent,
              ["--dir", directory, "--exec", hook],
              service.environment,
              /event=renewed[^]*event=confirmed[^]*event=hook_done/,
            )
          : await does(agent, "renew", "--dir", directory);
        const third = assertRight(directory, wanted);
        assert.notEqual(third, second, log);
        if (agent.stays) assert.equal(readFileSync(join(directory, "hook"), "utf8"), `${third} ${current}`);

        // Either agent understands what the other left.
        const told = await does(NODE_AGENT, "status", "--dir", directory, "-o", "json");
        const status = JSON.parse(told) as Record<string, unknown>;
        assert.deepEqual(
          [status["state"], status["signerName"], status["serialNumber"], status["isConfirmed"]],
          ["valid", signer, third, true],
        );
      });
    }
  }

  it("serves: a TLS server with the server's certificate, a client with the peer's", async () => {
    const [server, peer] = ["server", "peer"].map((kind) =>
      readFileSync(join(directoryOf(service, NODE_AGENT, `nodeseal.dev/${kind}`), `${kind}-current.pem`), "utf8"),
    );
    const ca = readFileSync(service.environment["NODESEAL_TRUST_BUNDLE"] ?? "", "utf8");
    const listening = createServer(
      { key: server, cert: server, ca, requestCert: true, rejectUnauthorized: true },
      (socket: TLSSocket) => void socket.end(String(socket.getPeerCertificate().subject.CN)),
    ).listen(0, "127.0.0.1");
    await once(listening, "listening");
    const { port } = listening.address() as AddressInfo;
    const client = connect({ port, host: "127.0.0.1", servername: "web-1.example.com", ca, key: peer, cert: peer });
    let said = "";
    client.on("data", (chunk: Buffer) => void (said += chunk.toString("utf8")));
    await once(client, "close");
    listening.close();
    assert.equal(said, "etcd-1");
  });
});

/** Each agent's machine has names of its own: those of the first belong to it. */
function asOfMachine(life: Wanted, at: number): Wanted {
  const named = (text: string): string =>
    at === 0 ? text : text.replace(/\b(web-1|etcd-1|job-1|n1|jane\.doe)\b/gi, `$1-${at}`);
  const { altNames, host } = life;
  return {
    ...life,
    flags: life.flags.map(named),
    subject: named(life.subject),
    ...(altNames === undefined ? {} : { altNames: named(altNames) }),
    ...(host === undefined ? {} : { host: named(host) }),
  };
}

function directoryOf(service: LocalService, { name }: SigningAgent, signer: string): string {
  return join(service.dataDirectory, name.replaceAll(" ", "-"), signer);
}

/** @returns the serial number of a certificate that is what was wanted, for OpenSSL too */
function assertRight(directory: string, { prefix, purposes, host, subject, altNames }: Wanted): string {
  const [current, bundle] = [join(directory, `${prefix}-current.pem`), join(directory, "trust-bundle.pem")];
  for (const purpose of ["sslclient", "sslserver"] as const) {
    const arguments_ = ["-purpose", purpose, ...(host === undefined ? [] : ["-verify_hostname", host])];
    const verify = ["verify", "-x509_strict", ...arguments_, "-CAfile", bundle, "-untrusted", current, current];
    assert.equal(tryOpenssl(verify).isGood, purposes.includes(purpose), purpose);
  }
  const text = openssl(["x509", "-noout", "-text", "-serial", "-in", current]).toString();
  assert.ok(text.includes(`Subject: ${subject}\n`), text);
  assert.equal(/Alternative Name: \n +(.*)\n/.exec(text)?.[1], altNames);
  if (host !== undefined) {
    assert.match(openssl(["x509", "-noout", "-checkhost", host, "-in", current]).toString(), /does match/);
  }
  return /serial=(\w+)/.exec(text)?.[1]?.toLowerCase() ?? "";
}
