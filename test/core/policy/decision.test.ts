import { NO_IDENTITIES } from "../../../core/attestation/identity-provider.ts";
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BOOTSTRAPPERS_GROUP } from "../../../core/token/bootstrap-token.ts";
import { decide } from "../../../core/policy/decision.ts";
import type { Der } from "../../../core/asn1/der.ts";
import { encodeDer, sequence } from "../../../core/asn1/der-writer.ts";
import type { Identity } from "../../../core/token/identity.ts";
import { DEFAULT_POLICY, RULE_DEFAULTS, type Policy, type PolicyRule } from "../../../core/policy/policy.ts";
import { KUBELET_CLIENT_SIGNER } from "../../../core/certificate/profile.ts";
import { attribute, parsedCsr, subjectOf } from "../../support/certificate-requests.ts";
import { ask, outcomeOf, type Question } from "../../support/decision-questions.ts";
import { bootstrapIdentity } from "../../support/identities.ts";

const nodeNamed = (name: string): Der => subjectOf(["system:nodes"], `system:node:${name}`);
const rule = (changes: Partial<PolicyRule>): PolicyRule => ({
  ...RULE_DEFAULTS,
  name: "one",
  group: BOOTSTRAPPERS_GROUP,
  signerName: KUBELET_CLIENT_SIGNER,
  ...changes,
});
const policyOf = (...rules: PolicyRule[]): Policy => ({
  version: "test",
  protectLiveNames: true,
  ...NO_IDENTITIES,
  rules,
});
const limited = (constraints: Parameters<typeof bootstrapIdentity>[0]): Identity => bootstrapIdentity(constraints);

describe("decide", () => {
  const rows: ({ why: string; is: string; message?: RegExp } & Question)[] = [
    {
      why: "denies a CSR without a common name",
      identity: bootstrapIdentity(),
      subject: sequence(),
      is: "deny denied_by_policy, nodeclient, subject.commonName",
      message: /has no common name/,
    },
    {
      why: "denies a common name with a foreign prefix",
      identity: bootstrapIdentity(),
      subject: subjectOf(["system:nodes"], "system:serviceaccount:n1"),
      is: "deny denied_by_policy, nodeclient, subject.commonName",
      message: /must begin with "system:node:", got "system:serviceaccount:n1"/,
    },
    {
      why: "denies a common name in other case",
      identity: bootstrapIdentity(),
      subject: subjectOf(["system:nodes"], "System:node:n1"),
      is: "deny denied_by_policy, nodeclient, subject.commonName",
    },
    {
      why: "takes a name of 52 characters",
      identity: bootstrapIdentity(),
      subject: nodeNamed("a".repeat(52)),
      is: `issue ${"a".repeat(52)} by nodeclient`,
    },
    {
      why: "lets the automatic rule win over the manual one",
      identity: bootstrapIdentity(),
      policy: policyOf(rule({ name: "by hand", approval: "manual" }), rule({ name: "by itself" })),
      is: "issue n1.example by by itself",
    },
    {
      why: "lets a manual rule take what the automatic one denies",
      identity: bootstrapIdentity(),
      policy: policyOf(rule({ name: "by itself", names: ["m*"] }), rule({ name: "by hand", approval: "manual" })),
      is: "pending n1.example by by hand",
    },
    {
      why: "takes the first of two rules that grant",
      identity: bootstrapIdentity(),
      policy: policyOf(rule({ name: "first" }), rule({ name: "second" })),
      is: "issue n1.example by first",
    },
    {
      why: "names the first rule when all deny",
      identity: bootstrapIdentity(),
      policy: policyOf(rule({ name: "first", keyTypes: ["P-384"] }), rule({ name: "second", names: ["m*"] })),
      is: "deny denied_by_policy, first, publicKey",
    },
    {
      why: "denies everything when there are no rules",
      identity: bootstrapIdentity(),
      policy: policyOf(),
      is: "deny denied_by_policy, default-deny, signerName",
      message: /no rule lets a member of system:bootstrappers, .* have certificates of kubernetes\.io/,
    },
    {
      why: "does not match groups by parts of their names",
      identity: bootstrapIdentity({}, ["system:bootstrappers:x"]),
      policy: policyOf(rule({ group: "system:bootstrappers:" })),
      is: "deny denied_by_policy, default-deny, signerName",
    },
    {
      why: "names the known signers to who asks for another",
      identity: bootstrapIdentity(),
      parameters: { signerName: "a/b" },
      is: "deny denied_by_policy, default-deny, signerName",
      message: /"a\/b" is unknown, known are kubernetes\.io\/kube-apiserver-client-kubelet/,
    },

    {
      why: "takes a token's own node name",
      identity: limited({ nodeNames: ["n1.example"] }),
      is: "issue n1.example by nodeclient",
    },
    {
      why: "takes a name that one of a token's patterns matches",
      identity: limited({ nodeNames: ["web-*", "n*.example"] }),
      is: "issue n1.example by nodeclient",
    },
    {
      why: "refuses a name outside the token's",
      identity: limited({ nodeNames: ["n2.example", "web-*"] }),
      is: "deny outside_token, token abcdef, subject.commonName",
      message: /the token is for n2\.example, web-\*, the CSR asks for "n1\.example"/,
    },
    {
      why: "tells of policy before it tells of the token's names",
      identity: limited({ nodeNames: ["n2.example"] }),
      subject: nodeNamed("N1"),
      is: "deny denied_by_policy, nodeclient, subject.commonName",
    },
    {
      why: "takes a source inside the token's blocks",
      identity: limited({ sourceCidrs: ["192.0.2.0/24", "10.0.0.0/8"] }),
      is: "issue n1.example by nodeclient",
    },
    {
      why: "takes a mapped source inside an IPv4 block",
      identity: limited({ sourceCidrs: ["10.0.0.0/8"] }),
      parameters: { sourceIp: "::ffff:10.1.2.3" },
      is: "issue n1.example by nodeclient",
    },
    {
      why: "takes an IPv6 source",
      identity: limited({ sourceCidrs: ["2001:db8::/32"] }),
      parameters: { sourceIp: "2001:db8::1" },
      is: "issue n1.example by nodeclient",
    },
    {
      why: "refuses a source outside",
      identity: limited({ sourceCidrs: ["192.0.2.0/24"] }),
      is: "deny outside_token, token abcdef, sourceIp",
      message: /may be used from 192\.0\.2\.0\/24, the request came from 10\.0\.0\.1/,
    },
    {
      why: "refuses an IPv6 source outside",
      identity: limited({ sourceCidrs: ["2001:db8::/32", "10.0.0.0/8"] }),
      parameters: { sourceIp: "2001:db9::1" },
      is: "deny outside_token, token abcdef, sourceIp",
    },
    {
      why: "refuses a source it cannot read",
      identity: limited({ sourceCidrs: ["0.0.0.0/0", "::/0"] }),
      parameters: { sourceIp: "unknown" },
      is: "deny outside_token, token abcdef, sourceIp",
    },
    {
      why: "refuses every source where the stored block cannot be read",
      identity: limited({ sourceCidrs: ["10.0.0.1/8"] }),
      is: "deny outside_token, token abcdef, sourceIp",
    },
    {
      why: "looks at the source before anything else",
      identity: limited({ sourceCidrs: ["192.0.2.0/24"] }),
      parameters: { signerName: "a/b" },
      is: "deny outside_token, token abcdef, sourceIp",
    },
  ];
  for (const { why, is, message = /./, ...question } of rows) {
    it(why, () => {
      const decision = ask(question);
      assert.equal(outcomeOf(decision), is);
      if (decision.outcome === "deny") assert.match(decision.reason, message);
    });
  }

  it("does not look at attributes it has no use for", () => {
    const password = attribute("1.2.840.113549.1.9.7", encodeDer(0x0c, Buffer.from("secret")));
    const parameters = {
      signerName: KUBELET_CLIENT_SIGNER,
      usages: undefined,
      lifetimeSeconds: undefined,
      sourceIp: "10.0.0.1",
    };
    const decision = decide(bootstrapIdentity(), parsedCsr({ attributes: [password] }), parameters, DEFAULT_POLICY);
    assert.equal(decision.outcome, "issue");
    assert.doesNotMatch(JSON.stringify(decision), /secret/);
  });
});
