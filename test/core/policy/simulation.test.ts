import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DEFAULT_TOKEN_GROUP, encodeBootstrapToken, type BootstrapToken } from "../../../core/token/bootstrap-token.ts";
import { DEFAULT_POLICY, RULE_DEFAULTS, type Policy, type PolicyRule } from "../../../core/policy/policy.ts";
import { RefusalError } from "../../../core/refusal.ts";
import { parseSimulationRequest } from "../../../core/policy/simulation-request.ts";
import { simulate, type Simulation } from "../../../core/policy/simulation.ts";
import { NOW } from "../../support/authorities.ts";
import { tokenRecordOf } from "../../support/node-requests.ts";

const WEB: PolicyRule = {
  ...RULE_DEFAULTS,
  name: "web",
  group: "system:bootstrappers:web",
  signerName: "nodeseal.dev/server",
  names: ["web-*"],
  dnsNames: ["{name}.example.com"],
  ipAddresses: ["10.0.0.0/8", "fd00::/8"],
  keyTypes: ["P-256"],
};
const POLICY: Policy = { ...DEFAULT_POLICY, version: "test", rules: [...DEFAULT_POLICY.rules, WEB] };
const GROUPS = { groups: [DEFAULT_TOKEN_GROUP] };
const simulated = (document: object, token?: Parameters<typeof simulate>[3]): Simulation =>
  simulate(parseSimulationRequest(document, "the body"), POLICY, NOW, token);

function outcomeOf({ decision, code, rule, field }: Simulation): string {
  return [decision, code, rule, field].filter((part) => part !== undefined).join(" ");
}

describe("a simulation", () => {
  const web = { identity: { groups: [WEB.group] }, signerName: WEB.signerName };
  const rows: readonly { why: string; document: object; is: string }[] = [
    { why: "a token of the default group", document: { identity: GROUPS, nodeName: "n1" }, is: "Issue nodeclient" },
    {
      why: "a token of another group, a bootstrapper's like every token",
      document: { identity: { groups: ["system:bootstrappers:x"] }, nodeName: "n1" },
      is: "Pending node-bootstrapper",
    },
    {
      why: "somebody of no bootstrap group",
      document: { identity: { groups: ["operators"] }, nodeName: "n1" },
      is: "Deny denied_by_policy default-deny signerName",
    },
    {
      why: "a node that renews its own",
      document: { identity: { groups: ["system:nodes"] }, nodeName: "n1" },
      is: "Issue selfnodeclient",
    },
    {
      why: "a node that asks for another's name",
      document: { identity: { groups: ["system:nodes"], username: "system:node:n2" }, nodeName: "n1" },
      is: "Deny denied_by_policy selfnodeclient subject.commonName",
    },
    {
      why: "a subject of its own",
      document: { identity: GROUPS, subject: { organizations: ["system:masters"], commonName: "system:node:n1" } },
      is: "Deny denied_by_policy nodeclient subject.organization",
    },
    {
      why: "a subject without a name",
      document: { ...web, subject: {} },
      is: "Deny denied_by_policy web subject.commonName",
    },
    {
      why: "a name no pattern has",
      document: { ...web, nodeName: "db-1" },
      is: "Deny denied_by_policy web subject.commonName",
    },
    {
      why: "a DNS name no pattern has",
      document: { ...web, nodeName: "web-1", dnsNames: ["web-2.example.com"] },
      is: "Deny denied_by_policy web subjectAltName",
    },
    {
      why: "an address outside",
      document: { ...web, nodeName: "web-1", ipAddresses: ["192.0.2.1"] },
      is: "Deny denied_by_policy web subjectAltName",
    },
    {
      why: "another key",
      document: { ...web, nodeName: "web-1", keyType: "P-384" },
      is: "Deny denied_by_policy web publicKey",
    },
    {
      why: "other usages",
      document: { ...web, nodeName: "web-1", usages: ["client auth"] },
      is: "Deny denied_by_policy web usages",
    },
    {
      why: "a signer nobody knows",
      document: { identity: GROUPS, nodeName: "n1", signerName: "example.com/x" },
      is: "Deny denied_by_policy default-deny signerName",
    },
  ];
  for (const { why, document, is } of rows) {
    it(`says ${is.split(" ", 1)[0] ?? ""} to ${why}`, () => {
      assert.equal(outcomeOf(simulated(document)), is);
    });
  }

  it("says what the certificate would say", () => {
    const document = {
      ...web,
      nodeName: "web-1",
      dnsNames: ["web-1.example.com"],
      ipAddresses: ["10.1.2.3", "FD00:0::1"],
    };
    assert.deepEqual(simulated({ ...document, expirationSeconds: 3600 }), {
      decision: "Issue",
      policyVersion: "test",
      rule: "web",
      certificate: {
        subject: "CN=web-1",
        dnsNames: ["web-1.example.com"],
        ipAddresses: ["10.1.2.3", "fd00::1"],
        usages: ["digital signature", "server auth"],
        lifetimeSeconds: 3600,
      },
    });
    const longest = simulated({ ...document, expirationSeconds: 2 ** 31 - 1 }).certificate?.lifetimeSeconds;
    assert.equal(longest, WEB.maxLifetimeSeconds);
  });

  const TOKEN: BootstrapToken = { id: "abcdef", secret: "0123456789abcdef" };
  const tokens: readonly {
    why: string;
    changes: Parameters<typeof tokenRecordOf>[1];
    sourceIp?: string;
    is: string;
  }[] = [
    { why: "as good as its group", changes: {}, is: "Issue nodeclient" },
    { why: "expired", changes: { expiration: NOW }, is: "Deny invalid_token" },
    { why: "revoked", changes: { revokedAt: NOW }, is: "Deny invalid_token" },
    { why: "for signing only", changes: { usages: ["signing"] }, is: "Deny invalid_token" },
    { why: "spent", changes: { maxUses: 1, usedBy: new Set(["csr-1"]) }, is: "Deny token_spent" },
    {
      why: "for other names",
      changes: { nodeNames: ["m*"] },
      is: "Deny outside_token token abcdef subject.commonName",
    },
    { why: "for a network, asked from nowhere said", changes: { sourceCidrs: ["10.0.0.0/8"] }, is: "Issue nodeclient" },
    { why: "in its network", changes: { sourceCidrs: ["10.0.0.0/8"] }, sourceIp: "10.0.0.1", is: "Issue nodeclient" },
    {
      why: "outside its network",
      changes: { sourceCidrs: ["10.0.0.0/8"] },
      sourceIp: "192.0.2.1",
      is: "Deny outside_token token abcdef sourceIp",
    },
  ];
  for (const { why, changes, sourceIp, is } of tokens) {
    it(`takes a token's limits into account: ${why}`, () => {
      const document = {
        identity: { tokenId: TOKEN.id },
        nodeName: "n1",
        ...(sourceIp === undefined ? {} : { sourceIp }),
      };
      assert.equal(outcomeOf(simulated(document, tokenRecordOf(TOKEN, changes))), is);
    });
  }

  it("refuses a CSR, and the description of one, that could not be", () => {
    const code = "bad_csr";
    assert.throws(() => simulated({ identity: GROUPS, csr: "no PEM" }), { code });
    assert.throws(() => simulated({ identity: GROUPS, nodeName: "a".repeat(53) }), { code, field: "subject" });
    assert.throws(() => simulated({ identity: GROUPS, nodeName: "a\u200bb" }), { code, field: "subject" });
  });

  const malformed: readonly { why: string; document: object; field?: string }[] = [
    { why: "no identity", document: { nodeName: "n1" }, field: "identity" },
    { why: "an identity that is nobody", document: { identity: {}, nodeName: "n1" }, field: "identity" },
    {
      why: "two identities",
      document: { identity: { ...GROUPS, tokenId: "abcdef" }, nodeName: "n1" },
      field: "identity",
    },
    {
      why: "a whole token for its id",
      document: { identity: { tokenId: encodeBootstrapToken(TOKEN) }, nodeName: "n1" },
      field: "identity.tokenId",
    },
    { why: "nothing asked for", document: { identity: GROUPS } },
    { why: "two things asked for", document: { identity: GROUPS, nodeName: "n1", csr: "x" } },
    { why: "a CSR and a description", document: { identity: GROUPS, csr: "x", keyType: "P-256" } },
    {
      why: "a usage of nobody's",
      document: { identity: GROUPS, nodeName: "n1", usages: ["sign"] },
      field: "usages[0]",
    },
    { why: "no address", document: { identity: GROUPS, nodeName: "n1", ipAddresses: ["n1"] }, field: "ipAddresses[0]" },
    {
      why: "a moment",
      document: { identity: GROUPS, nodeName: "n1", expirationSeconds: 5 },
      field: "expirationSeconds",
    },
  ];
  for (const { why, document, field } of malformed) {
    it(`is not made for ${why}`, () => {
      assert.throws(
        () => simulated(document),
        (error: unknown) => {
          assert.ok(error instanceof RefusalError);
          assert.deepEqual([error.code, error.field], ["malformed_request", field]);
          assert.doesNotMatch(error.message, new RegExp(TOKEN.secret));
          return true;
        },
      );
    });
  }
});
