import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parseNewPolicy, parsePolicy, parsePolicyMember } from "../../../core/policy/policy-document.ts";
import { DEFAULT_POLICY, RULE_DEFAULTS } from "../../../core/policy/policy.ts";
import { RefusalError } from "../../../core/refusal.ts";

const RULE = {
  name: "web",
  group: "system:bootstrappers:web",
  signerName: "nodeseal.dev/server",
  dnsNames: ["{name}.example.com"],
};

describe("parsePolicy", () => {
  it("fills in defaults", () => {
    const policy = parsePolicy({ version: "1", rules: [RULE] });
    const identities = { identityProviders: [], identityRules: [] };
    assert.deepEqual(policy, {
      version: "1",
      protectLiveNames: true,
      rules: [{ ...RULE_DEFAULTS, ...RULE }],
      ...identities,
    });
  });

  it("reads back what it was given: the shipped default survives the round trip", () => {
    assert.deepEqual(parsePolicy(JSON.parse(JSON.stringify(DEFAULT_POLICY))), DEFAULT_POLICY);
  });

  it("takes an empty list of rules: nothing is issued", () => {
    assert.deepEqual(parsePolicy({ version: "1", rules: [] }).rules, []);
  });

  it("takes the examples of docs/policy.md: policies, and a rule", () => {
    const page = readFileSync(join(import.meta.dirname, "../../../docs/policy.md"), "utf8");
    const examples = Array.from(
      page.matchAll(/^```json\n([\s\S]*?)^```$/gm),
      ([, json = ""]) => JSON.parse(json) as object,
    );
    const policies = examples.filter((example) => "rules" in example).map((policy) => parseNewPolicy(policy));
    const rules = examples.filter((example) => "signerName" in example);
    assert.equal(policies.length + rules.length, examples.length);
    assert.deepEqual([policies[0]?.rules.length, policies[1]?.tokens?.maxUses], [3, 50]);
    const modes = rules.map((rule) => parseNewPolicy({ version: "1", rules: [rule] }).rules[0]?.organizationsMode);
    assert.ok(modes.length > 0 && modes[0] === "any");
  });

  const rules = [
    { why: "a member nobody knows", rule: { ...RULE, lifetime: 7 }, field: "rules[0]", says: /"lifetime"/ },
    {
      why: "a signer name without a profile",
      rule: { ...RULE, signerName: "example.com/x" },
      field: "rules[0].signerName",
      says: /nodeseal\.dev\/server/,
    },
    {
      why: "legacy-unknown",
      rule: { ...RULE, signerName: "kubernetes.io/legacy-unknown" },
      field: "rules[0].signerName",
      says: /must be one of/,
    },
    { why: "a missing group", rule: { ...RULE, group: undefined }, field: "rules[0].group", says: /is missing/ },
    {
      why: "a window beyond any lifetime",
      rule: { ...RULE, recoverySeconds: 401 * 24 * 3600 },
      field: "rules[0].recoverySeconds",
      says: /must be at most 34560000/,
    },
    {
      why: "a life long enough to be revoked, and nobody is told",
      rule: { ...RULE, noRevAvail: true, defaultLifetimeSeconds: 3600, maxLifetimeSeconds: 86_401 },
      field: "rules[0]",
      says: /must not have noRevAvail with a maxLifetimeSeconds above 86400/,
    },
    {
      why: "nobody is told, said in words",
      rule: { ...RULE, noRevAvail: "yes" },
      field: "rules[0].noRevAvail",
      says: /must be/,
    },
    {
      why: "a negative number of recoveries",
      rule: { ...RULE, recoveries: -1 },
      field: "rules[0].recoveries",
      says: /must be at least 0, got -1/,
    },
    {
      why: "a window that lets nothing through",
      rule: { ...RULE, recoverySeconds: 60, recoveries: 0 },
      field: "rules[0]",
      says: /must not have a recoverySeconds when its recoveries are 0/,
    },
    {
      why: "another approval",
      rule: { ...RULE, approval: "maybe" },
      field: "rules[0].approval",
      says: /"auto" or "manual", got "maybe"/,
    },
    {
      why: "system:masters",
      rule: { ...RULE, organizations: ["system:masters"] },
      field: "rules[0].organizations[0]",
      says: /system:/,
    },
    {
      why: "an organization where the signer fixes it",
      rule: { ...RULE, signerName: "kubernetes.io/kube-apiserver-client-kubelet", organizations: ["x"] },
      field: "rules[0]",
      says: /its signer name fixes them/,
    },
    {
      why: "a CIDR block with bits beyond its prefix",
      rule: { ...RULE, ipAddresses: ["10.0.0.1/8"] },
      field: "rules[0].ipAddresses[0]",
      says: /CIDR/,
    },
    {
      why: "an unknown key type",
      rule: { ...RULE, keyTypes: ["Ed448"] },
      field: "rules[0].keyTypes[0]",
      says: /"P-256"/,
    },
    {
      why: "a lifetime under ten minutes",
      rule: { ...RULE, maxLifetimeSeconds: 599 },
      field: "rules[0].maxLifetimeSeconds",
      says: /at least 600, got 599/,
    },
    {
      why: "a lifetime over 400 days",
      rule: { ...RULE, maxLifetimeSeconds: 401 * 86400 },
      field: "rules[0].maxLifetimeSeconds",
      says: /at most 34560000/,
    },
    {
      why: "a default above the maximum",
      rule: { ...RULE, maxLifetimeSeconds: 3600 },
      field: "rules[0]",
      says: /defaultLifetimeSeconds above/,
    },
    {
      why: "serving certificates approved blindly",
      rule: { ...RULE, signerName: "kubernetes.io/kubelet-serving", dnsNames: [] },
      field: "rules[0]",
      says: /dnsNames or ipAddresses/,
    },
    { why: "an upper-case rule name", rule: { ...RULE, name: "Web" }, field: "rules[0].name", says: /Web/ },
  ];
  for (const { why, rule, field, says } of rules) {
    it(`refuses ${why}`, () => {
      assert.throws(
        () => parsePolicy({ version: "1", rules: [rule] }),
        (error) =>
          error instanceof RefusalError &&
          error.code === "malformed_request" &&
          error.field === field &&
          says.test(error.message),
      );
    });
  }

  it("refuses two rules of one name, and what is no object", () => {
    assert.throws(() => parsePolicy({ version: "1", rules: [RULE, RULE] }), /two rules of one name/);
    assert.throws(() => parsePolicy([]), /must be an object/);
    assert.throws(() => parsePolicy({ rules: [] }), /"version" is missing/);
  });
});

describe("a policy that can never match", () => {
  const NODES = { ...RULE, signerName: "kubernetes.io/kubelet-serving" };
  const rows: { change: Readonly<Record<string, unknown>>; base?: typeof RULE; field: string; says: RegExp }[] = [
    { change: { names: ["*", "Worker-*"] }, base: NODES, field: "names[1]", says: /did you mean "worker-\*"\?$/ },
    {
      change: { names: ["^worker-[0-9]+$"] },
      base: NODES,
      field: "names[0]",
      says: /no regular expressions.*"worker-\*"/,
    },
    { change: { names: ["system:node:worker-*"] }, base: NODES, field: "names[0]", says: /without "system:node:"/ },
    { change: { dnsNames: ["{node}.example.com"] }, field: "dnsNames[0]", says: /"\{name\}\.example\.com"\?$/ },
    { change: { dnsNames: ["{name}.Example.COM"] }, field: "dnsNames[0]", says: /"\{name\}\.example\.com"\?$/ },
    { change: { dnsNames: ["^ip-.*\\.internal$"] }, field: "dnsNames[0]", says: /"ip-\*\.internal"\?$/ },
    { change: { organizations: ["team-*"] }, field: "organizations[0]", says: /compared as they are/ },
    { change: { organizations: ["a\u200bb"] }, field: "organizations[0]", says: /invisible/ },
    { change: { group: "system:bootstrappers:*" }, field: "group", says: /did you mean "system:bootstrappers"/ },
    { change: { group: "system:masters" }, field: "group", says: /nobody is in it here/ },
    { change: { group: "system:bootstrappers:Web" }, field: "group", says: /a-z, 0-9/ },
    {
      change: { dnsNames: ["a.example"] },
      base: { ...RULE, signerName: "kubernetes.io/kube-apiserver-client-kubelet" },
      field: "dnsNames[0]",
      says: /has no subject alternative names/,
    },
  ];
  for (const { change, base = RULE, field, says } of rows) {
    const document = { version: "1", rules: [RULE, { ...base, name: "second", ...change }] };
    it(`is refused with its place: ${JSON.stringify(change)}`, () => {
      const expected = { name: "RefusalError", code: "malformed_request", field: `rules[1].${field}`, message: says };
      assert.throws(() => parseNewPolicy(document), expected);
      assert.throws(() => parsePolicyMember("policy", document), { field: `policy.rules[1].${field}`, message: says });
    });

    it(`goes on where it is deployed: ${JSON.stringify(change)}`, () => {
      assert.equal(parsePolicy(document).rules.length, 2);
    });
  }

  const blocks = [
    { block: "10.2.0.1/16", says: /got "10\.2\.0\.1\/16": host bits are set .*did you mean 10\.2\.0\.0\/16\?$/ },
    { block: "2001:db8::1/64", says: /did you mean 2001:db8::\/64\?$/ },
    { block: "::ffff:10.0.0.1/104", says: /did you mean 10\.0\.0\.0\/8\?$/ },
    { block: "10.0.0.0/33", says: /must be a CIDR block such as "10\.0\.0\.0\/8", got "10\.0\.0\.0\/33"$/ },
    { block: "10.0.0.*", says: /must be a CIDR block/ },
  ];
  for (const { block, says } of blocks) {
    it(`has no block ${block}`, () => {
      const rule = { ...RULE, ipAddresses: ["10.0.0.0/8", block] };
      assert.throws(() => parsePolicy({ version: "1", rules: [rule] }), {
        field: "rules[0].ipAddresses[1]",
        message: says,
      });
    });
  }

  it("has a choice of organizations only with some to choose from", () => {
    const rule = { ...RULE, organizationsMode: "any" };
    assert.throws(
      () => parsePolicy({ version: "1", rules: [rule] }),
      /must name organizations with the organizationsMode/,
    );
    const named = { ...rule, organizations: ["dev", "ops"] };
    assert.equal(parseNewPolicy({ version: "1", rules: [named] }).rules[0]?.organizationsMode, "any");
  });
});
