import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { problem, startAdminServer, type AdminServer } from "./support/admin-server.ts";
import { environmentOf, runCli, type CliResult } from "./support/cli.ts";

const DENIED = {
  decision: "Deny",
  policyVersion: "7",
  rule: "web",
  field: "publicKey",
  code: "denied_by_policy",
  reason: "the key is P-384, allowed are P-256",
};
const ISSUED = {
  decision: "Issue",
  policyVersion: "7",
  rule: "web",
  certificate: {
    subject: "CN=web-1",
    dnsNames: ["web-1.example.com", "web.example.com"],
    ipAddresses: [],
    usages: ["digital signature", "server auth"],
    lifetimeSeconds: 86_400,
  },
};
const ISSUED_TEXT = [
  "Decision:        Issue",
  "Rule:            web",
  "Policy version:  7",
  "Subject:         CN=web-1",
  "DNS names:       web-1.example.com",
  "                 web.example.com",
  "IP addresses:    <none>",
  "Usages:          digital signature, server auth",
  "Lifetime:        24h",
  "",
].join("\n");
const POLICY = {
  version: "7",
  rules: [
    {
      name: "web",
      group: "system:bootstrappers:web",
      signerName: "nodeseal.dev/server",
      dnsNames: ["{name}.example.com", "web.example.com"],
      keyTypes: ["P-256"],
      defaultLifetimeSeconds: 86_400,
    },
  ],
};
const WEB = "--group system:bootstrappers:web --signer nodeseal.dev/server --node web-1".split(" ");
const NAMES = ["--dns", "web-1.example.com,web.example.com"];

describe("nodeseal policy simulate", () => {
  let server: AdminServer;
  before(async () => void (server = await startAdminServer()));
  after(() => server.close());

  const simulate = (...args: string[]): Promise<CliResult> =>
    runCli(["policy", "simulate", ...args], environmentOf(server));
  const offline = (...args: string[]): Promise<CliResult> => {
    const path = join(server.directory, "policy.json");
    writeFileSync(path, JSON.stringify(POLICY));
    const { PATH = "", HOME = "" } = environmentOf(server);
    return runCli(["policy", "simulate", "--policy", path, ...args], { PATH, HOME });
  };
  const sent = (): unknown => JSON.parse(server.requests[0]?.body ?? "");

  it("asks the service and shows what the certificate would say", async () => {
    server.respond(() => ({ body: ISSUED }));
    assert.deepEqual(await simulate("--node", "web-1"), { status: 0, stdout: ISSUED_TEXT, stderr: "" });
    assert.equal(server.requests[0]?.target, "/v1/admin/policy/simulation");
    const groups = ["system:bootstrappers:kubeadm:default-node-token"];
    assert.deepEqual(sent(), { identity: { groups }, nodeName: "web-1" });
    assert.deepEqual(JSON.parse((await simulate("--node", "web-1", "-o", "json")).stdout), ISSUED);
  });

  it("ends with status 1 and the reason where the request would be denied", async () => {
    server.respond(() => ({ body: DENIED }));
    const { status, stdout, stderr } = await simulate("--node", "web-1");
    assert.equal(status, 1);
    assert.match(stdout, /^Decision: {8}Deny\nRule: {12}web\nField: {11}publicKey\nCode: {12}denied_by_policy\n/);
    assert.equal(
      stderr,
      "nodeseal: it would be denied: the key is P-384, allowed are P-256 (rule web, field publicKey)\n",
    );
    const json = await simulate("--node", "web-1", "-o", "json");
    assert.deepEqual([json.status, JSON.parse(json.stdout)], [1, DENIED]);
  });

  it("ends with status 0 where the request would wait for approval", async () => {
    server.respond(() => ({ body: { ...ISSUED, decision: "Pending" } }));
    assert.equal((await simulate("--node", "web-1")).status, 0);
  });

  it("sends what every option says", async () => {
    server.respond(() => ({ body: ISSUED }));
    const who = ["--group", "a", "--group", "b,c", "--username", "me", "--source-ip", "10.0.0.1"];
    const what = ["--subject", "O=one\\, two, O=three, CN=web-1", "--dns", "a.example", "--ip", "10.0.0.1,fd00::1"];
    const how = ["--key-type", "P-384", "--signer", "nodeseal.dev/peer", "--usages", "client auth,server auth"];
    await simulate(...who, ...what, ...how, "--expiration-seconds", "3600");
    assert.deepEqual(sent(), {
      identity: { groups: ["a", "b", "c"], username: "me" },
      subject: { organizations: ["one, two", "three"], commonName: "web-1" },
      dnsNames: ["a.example"],
      ipAddresses: ["10.0.0.1", "fd00::1"],
      keyType: "P-384",
      signerName: "nodeseal.dev/peer",
      usages: ["client auth", "server auth"],
      expirationSeconds: 3600,
      sourceIp: "10.0.0.1",
    });
  });

  it("sends a CSR as it is, and of a token its id alone", async () => {
    server.respond(() => ({ body: ISSUED }));
    const csr = join(server.directory, "node.csr");
    writeFileSync(csr, "-----BEGIN CERTIFICATE REQUEST-----\n");
    await simulate("--token", "abcdef.0123456789abcdef", "--csr", csr);
    assert.deepEqual(sent(), { identity: { tokenId: "abcdef" }, csr: "-----BEGIN CERTIFICATE REQUEST-----\n" });
  });

  it("passes on what the service refuses", async () => {
    server.respond(() => problem(404, "not_found", "there is no token with this id"));
    const { status, stdout, stderr } = await simulate("--token", "abcdef", "--node", "n1");
    assert.deepEqual([status, stdout], [1, ""]);
    assert.match(stderr, /there is no token with this id/);
  });

  it("decides by a file without a service, in the service's words", async () => {
    server.respond(() => ({ status: 500 }));
    assert.deepEqual(await offline(...WEB, ...NAMES), { status: 0, stdout: ISSUED_TEXT, stderr: "" });
    const denied = await offline(...WEB, ...NAMES, "--key-type", "P-384", "-o", "json");
    assert.deepEqual(
      [denied.status, JSON.parse(denied.stdout)],
      [1, { ...DENIED, reason: 'the key is P-384, allowed are "P-256"' }],
    );
    assert.deepEqual(server.requests, []);
  });

  it("says in one line what is wrong with the request", async () => {
    const { status, stderr } = await offline(...WEB, "--ip", "web-1");
    assert.equal(status, 1);
    assert.equal(stderr, 'nodeseal: the request: "ipAddresses[0]" must be an IPv4 or IPv6 address, got "web-1"\n');
    assert.match(
      (await offline("--csr", join(server.directory, "absent.csr"))).stderr,
      /^nodeseal: cannot read .*ENOENT/,
    );
  });

  const wrong: readonly { why: string; args: readonly string[]; says: RegExp }[] = [
    { why: "nothing asked for", args: [], says: /one of --node NAME, --csr FILE and --subject SUBJECT/ },
    { why: "two things asked for", args: ["--node", "n1", "--subject", "CN=n1"], says: /one of --node NAME/ },
    { why: "a token and a group", args: ["--node", "n1", "--token", "abcdef", "--group", "g"], says: /leave --group/ },
    { why: "no subject", args: ["--subject", "web-1"], says: /"O=system:nodes, CN=system:node:worker-1"/ },
    { why: "two common names", args: ["--subject", "CN=a, CN=b"], says: /any O, one CN/ },
    { why: "another attribute", args: ["--subject", "OU=a, CN=b"], says: /any O, one CN/ },
    { why: "a token offline", args: ["--policy", "x", "--node", "n1", "--token", "abcdef"], says: /give its --group/ },
  ];
  for (const { why, args, says } of wrong) {
    it(`ends with status 2 for wrong usage: ${why}`, async () => {
      const { status, stdout, stderr } = await simulate(...args);
      assert.deepEqual([status, stdout, stderr.trimEnd().split("\n").length], [2, "", 1], stderr);
      assert.match(stderr, says);
    });
  }
});
