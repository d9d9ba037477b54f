import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DEFAULT_POLICY } from "../../../core/policy/policy.ts";
import { parseNewPolicy, parsePolicy } from "../../../core/policy/policy-document.ts";
import { parseSimulationRequest } from "../../../core/policy/simulation-request.ts";
import { simulate } from "../../../core/policy/simulation.ts";
import { RefusalError } from "../../../core/refusal.ts";
import { jwksOf, newTestKey } from "../../support/identity-issuer.ts";

const GROUP = "system:bootstrappers:kubeadm:default-node-token";
const oidc = { kind: "oidc", name: "ci", issuer: "https://issuer.example", audience: "https://nodeseal.example" };
const aws = { kind: "aws", name: "aws", audience: "https://nodeseal.example", organizations: ["o-a1b2c3d4e5"] };
const rule = {
  name: "machines",
  provider: "ci",
  claims: { team: ["infra"] },
  groups: [GROUP],
  nodeName: "{claims.host}",
};
const rules = [{ name: "nodes", group: GROUP, signerName: "kubernetes.io/kube-apiserver-client-kubelet" }];
const policyOf = (providers: readonly object[], identityRules: readonly object[]) => ({
  version: "1",
  rules,
  identityProviders: providers,
  identityRules,
});

describe("a policy's identities", () => {
  it("are none where a policy says nothing of them", () => {
    const policy = parseNewPolicy({ version: "1", rules });
    assert.deepEqual([policy.identityProviders, policy.identityRules], [[], []]);
    assert.deepEqual(DEFAULT_POLICY.identityProviders, []);
  });

  it("demand a binding and let nobody replace anybody, unless they say otherwise", () => {
    const [first] = parseNewPolicy(policyOf([oidc], [rule])).identityRules;
    assert.deepEqual([first?.binding, first?.replace], ["required", "never"]);
  });

  const secret = newTestKey("k1").privateKey.export({ format: "jwk" });
  const nonsense: readonly (readonly [why: string, document: object, says: RegExp])[] = [
    ["an issuer without TLS", policyOf([{ ...oidc, issuer: "http://issuer.example" }], [rule]), /issuer.*https URL/],
    ["an issuer with a user", policyOf([{ ...oidc, issuer: "https://u@issuer.example" }], [rule]), /issuer.*https URL/],
    [
      "an issuer with a query",
      policyOf([{ ...oidc, issuer: "https://issuer.example?a=b" }], [rule]),
      /issuer.*https URL/,
    ],
    [
      "an issuer by its address",
      policyOf([{ ...oidc, issuer: "https://169.254.169.254" }], [rule]),
      /not an IP address/,
    ],
    ["an issuer by its IPv6 address", policyOf([{ ...oidc, issuer: "https://[::1]" }], [rule]), /not an IP address/],
    [
      "an issuer in capitals",
      policyOf([{ ...oidc, issuer: "https://Issuer.example" }], [rule]),
      /written as https:\/\/issuer\.example/,
    ],
    [
      "an issuer of AWS among others",
      policyOf([{ ...oidc, issuer: "https://a.tokens.sts.global.api.aws" }], [rule]),
      /kind "aws"/,
    ],
    ["a pattern of issuers", policyOf([{ ...oidc, issuer: "https://*.example" }], [rule]), /issuer/],
    [
      "an issuer twice",
      policyOf([oidc, { ...oidc, name: "ci2" }], [rule, { ...rule, name: "r2", provider: "ci2" }]),
      /issuer or an organization twice/,
    ],
    [
      "a provider twice",
      policyOf([oidc, { ...oidc, issuer: "https://i2.example" }], [rule]),
      /two providers of one name/,
    ],
    ["an unsigned algorithm", policyOf([{ ...oidc, algorithms: ["none"] }], [rule]), /algorithms/],
    ["a shared secret", policyOf([{ ...oidc, algorithms: ["HS256"] }], [rule]), /algorithms/],
    ["no audience", policyOf([{ ...oidc, audience: "" }], [rule]), /audience/],
    [
      "an audience that is a binding",
      policyOf([{ ...oidc, audience: "https://n.example/csr-sha256/x" }], [rule]),
      /csr-sha256/,
    ],
    [
      "keys in two places",
      policyOf([{ ...oidc, jwks: jwksOf(newTestKey("k1")), jwksUri: "https://k.example" }], [rule]),
      /jwks and jwksUri/,
    ],
    ["a secret key", policyOf([{ ...oidc, jwks: { keys: [secret] } }], [rule]), /secret part/],
    [
      "every account of AWS",
      policyOf([{ ...aws, organizations: [] }], [{ ...rule, provider: "aws" }]),
      /every account of AWS/,
    ],
    [
      "an issuer of AWS that is none",
      policyOf([{ ...aws, issuers: ["https://sts.amazonaws.com"] }], [{ ...rule, provider: "aws" }]),
      /as AWS shows it/,
    ],
    [
      "an organization that is none",
      policyOf([{ ...aws, organizations: ["*"] }], [{ ...rule, provider: "aws" }]),
      /id of an organization/,
    ],
    [
      "a rule for nobody",
      policyOf([oidc], [{ ...rule, provider: "cj" }]),
      /must be one of identityProviders \(ci\), got "cj"/,
    ],
    ["a rule twice", policyOf([oidc], [rule, rule]), /two rules of one name/],
    ["a rule without claims", policyOf([oidc], [{ ...rule, claims: {} }]), /must demand a claim/],
    [
      "a rule with claims that all have",
      policyOf([oidc], [{ ...rule, claims: { iss: ["*"], aud: ["*"] } }]),
      /must demand a claim/,
    ],
    ["the group of nodes", policyOf([oidc], [{ ...rule, groups: ["system:nodes"] }]), /must not begin with "system:"/],
    [
      "the group of masters",
      policyOf([oidc], [{ ...rule, groups: ["system:masters"] }]),
      /must not begin with "system:"/,
    ],
    [
      "the group of administrators",
      policyOf([oidc], [{ ...rule, groups: ["nodeseal:administrators"] }]),
      /must not begin with "nodeseal:"/,
    ],
    [
      "a group that gets nobody anything",
      policyOf([oidc], [{ ...rule, groups: ["nobody"] }]),
      /groups\[0\]" can never match: no rule of the policy is for the group "nobody"/,
    ],
    ["a provider without rules", policyOf([oidc, aws], [rule]), /identityProviders\[1\]" can never match/],
    [
      "an unknown placeholder",
      policyOf([oidc], [{ ...rule, nodeName: "{host}" }]),
      /unknown placeholder "\{host\}"; known are "\{claims\.PATH\}"/,
    ],
    [
      "an instance id that others sign",
      policyOf([oidc], [{ ...rule, nodeName: "{instance-id}" }]),
      /unknown placeholder "\{instance-id\}"/,
    ],
    ["half a placeholder", policyOf([oidc], [{ ...rule, nodeName: "{claims.host" }]), /brace/],
    ["two names in one", policyOf([oidc], [{ ...rule, nodeName: "{claims.a}{claims.b}" }]), /two placeholders/],
    ["a name with a blank", policyOf([oidc], [{ ...rule, nodeName: "a {claims.b}" }]), /no name can have/],
    ["an unknown member", policyOf([oidc], [{ ...rule, claim: {} }]), /must not have the member "claim"/],
  ];
  for (const [why, document, says] of nonsense) {
    it(`are refused for ${why}`, () => {
      assert.throws(
        () => parseNewPolicy(document),
        (error) => error instanceof RefusalError && says.test(error.message),
        why,
      );
    });
  }

  it("that can never match do not stop a deployment of a policy that an earlier release took", () => {
    assert.equal(parsePolicy(policyOf([oidc], [{ ...rule, groups: ["nobody"] }])).identityRules.length, 1);
  });
});

describe("a simulation with claims", () => {
  const policy = parseNewPolicy(policyOf([oidc], [rule]));
  const now = new Date("2026-11-23T12:00:00Z");
  const iat = now.getTime() / 1000;
  const claims = {
    iss: oidc.issuer,
    aud: oidc.audience,
    sub: "m1",
    iat,
    exp: iat + 60,
    team: "infra",
    host: "n1.example",
  };
  const ask = (changes: object, rest: object = {}) =>
    simulate(parseSimulationRequest({ identity: { claims: { ...claims, ...changes } }, ...rest }, "it"), policy, now);

  it("says what they are worth", () => {
    const { decision, certificate, rule: by } = ask({});
    assert.deepEqual(
      [decision, by, certificate?.subject],
      ["Issue", "nodes", "O=system:nodes, CN=system:node:n1.example"],
    );
  });

  it("says which rule and claim are against it", () => {
    assert.deepEqual(
      [ask({ team: "web" }), ask({ exp: iat }), ask({}, { nodeName: "n2" })].map(
        ({ decision, code, rule: by, field }) => [decision, code, by, field],
      ),
      [
        ["Deny", "denied_by_policy", "machines", "claims.team"],
        ["Deny", "invalid_evidence", "identity provider ci", "claims.exp"],
        ["Deny", "denied_by_policy", "machines", "subject.commonName"],
      ],
    );
  });

  it("has one identity", () => {
    assert.throws(
      () => parseSimulationRequest({ identity: { claims, groups: ["a"] } }, "it"),
      /exactly one of groups, tokenId and claims/,
    );
    assert.throws(
      () => parseSimulationRequest({ identity: { groups: ["a"] } }, "it"),
      /exactly one of csr, nodeName and subject/,
    );
  });
});
