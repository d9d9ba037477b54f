import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { DEFAULT_POLICY } from "../../core/policy/policy.ts";
import { readConfigurationFile } from "../../infra/configuration/configuration-file.ts";
import { runCli, type CliResult } from "./support/cli.ts";

const directory = mkdtempSync(join(tmpdir(), "nodeseal-policy-"));
after(() => rmSync(directory, { recursive: true }));

function file(content: unknown, name = "policy.json"): string {
  const path = join(directory, name);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

/** Nothing but the program: no service, no credentials. */
const check = (...args: string[]): Promise<CliResult> =>
  runCli(["policy", "check", ...args], { PATH: process.env["PATH"] ?? "", HOME: "/nonexistent" });

const RULE = { name: "web", group: "system:bootstrappers:web", signerName: "nodeseal.dev/server" };
const policyWith = (changes: object) => ({ version: "1", rules: [{ ...RULE, ...changes }] });

describe("nodeseal policy check", () => {
  it("shows the rules of the example in docs/policy.md", async () => {
    const page = readFileSync(join(import.meta.dirname, "../../docs/policy.md"), "utf8");
    const path = file(/^```json\n([\s\S]*?)^```$/m.exec(page)?.[1] ?? "");
    const { status, stdout, stderr } = await check(path);
    assert.deepEqual([status, stderr], [0, ""]);
    const keys = "P-256,P-384,RSA-2048,RSA-3072,RSA-4096";
    const client = "kubernetes.io/kube-apiserver-client-kubelet";
    assert.deepEqual(stdout.trimEnd().split("\n"), [
      "RULE\tGROUP\tSIGNER\tNAMES\tSANS\tKEYS\tLIFETIME\tLONGEST\tRECOVERY\tAPPROVAL",
      `nodeclient\tsystem:bootstrappers:kubeadm:default-node-token\t${client}\t*\t<none>\t${keys}\t7d\t30d\t<none>\tauto`,
      `selfnodeclient\tsystem:nodes\t${client}\t<own>\t<none>\t${keys}\t7d\t30d\t30d\tauto`,
      "web-servers\tsystem:bootstrappers:web\tnodeseal.dev/server\tweb-*\t{name}.example.com,10.0.0.0/8\tP-256\t24h\t7d\t<none>\tauto",
    ]);
  });

  it("gives programs the whole policy, every default filled in", async () => {
    const { status, stdout } = await check(
      file({ version: DEFAULT_POLICY.version, rules: DEFAULT_POLICY.rules }),
      "-o",
      "json",
    );
    assert.equal(status, 0);
    assert.deepEqual(JSON.parse(stdout), DEFAULT_POLICY);
    assert.match((await check(file(DEFAULT_POLICY), "-o", "yaml")).stdout, /^version: default-2\n/);
  });

  it("finds the policy in a configuration, or in the file beside it", async () => {
    const inline = await check(file({ clusterName: "blue", policy: policyWith({}) }, "inline.json"));
    assert.deepEqual([inline.status, inline.stderr], [0, ""]);
    mkdirSync(join(directory, "policies"), { recursive: true });
    file(policyWith({ name: "besides" }), "policies/one.json");
    const besides = await check(file({ policyFile: "policies/one.json" }, "names.json"));
    assert.match(besides.stdout, /^besides\t/m);
  });

  it("says that a policy without rules lets nobody in", async () => {
    const { status, stderr } = await check(file({ version: "1", rules: [] }));
    assert.equal(status, 0);
    assert.match(stderr, /nobody can get a certificate\n$/);
  });

  const refused: readonly { why: string; content: unknown; says: RegExp; isPolicyAlone?: boolean }[] = [
    {
      why: "a signer that is none",
      content: policyWith({ signerName: "web" }),
      says: /policy\.json: the policy: "rules\[0\]\.signerName" must be one of kubernetes\.io.*, got "web"$/,
      isPolicyAlone: true,
    },
    {
      why: "a key type that is none, in a configuration",
      content: { policy: policyWith({ keyTypes: ["P-256", "P-521"] }) },
      says: /"policy\.rules\[0\]\.keyTypes\[1\]" .*must be "P-256" or .*, got "P-521"$/,
    },
    {
      why: "a member nobody knows",
      content: { policy: policyWith({ dns: [] }) },
      says: /"policy\.rules\[0\]".* must not have the member "dns"; allowed are .*\bdnsNames,/,
    },
    { why: "a policy twice", content: { policy: policyWith({}), policyFile: "x.json" }, says: /must not have both/ },
    {
      why: "a member twice",
      content: '{"policy": {"version": "1", "version": "2", "rules": []}}',
      says: /has "version" twice/,
    },
    { why: "no JSON", content: "version: 1\n", says: /policy\.json is not JSON: / },
    {
      why: "a file that is not there",
      content: { policyFile: "absent.json" },
      says: /cannot read .*absent\.json: ENOENT/,
    },
  ];
  for (const { why, content, says, isPolicyAlone } of refused) {
    it(`refuses in one line what synthesis refuses, in its words: ${why}`, async () => {
      const path = file(content);
      const { status, stdout, stderr } = await check(path);
      assert.deepEqual([status, stdout, stderr.trimEnd().split("\n").length], [1, "", 1], stderr);
      assert.match(stderr.trimEnd(), says);
      // What synthesis is given is the configuration that names the policy.
      if (isPolicyAlone === true) return;
      assert.throws(
        () => readConfigurationFile(path),
        ({ message }: Error) => `nodeseal: ${message}\n` === stderr,
      );
    });
  }

  it("says that a configuration without policy has the shipped one", async () => {
    const { status, stderr } = await check(file({ clusterName: "blue" }));
    assert.equal(status, 1);
    assert.match(stderr, /holds no policy and names none; .* has the shipped default\n$/);
  });
});
