import { NO_IDENTITIES } from "../../core/attestation/identity-provider.ts";
import fc from "fast-check";
import { BOOTSTRAPPERS_GROUP, DEFAULT_TOKEN_GROUP } from "../../core/token/bootstrap-token.ts";
import { RULE_DEFAULTS } from "../../core/policy/policy.ts";
import { KUBELET_CLIENT_SIGNER } from "../../core/certificate/profile.ts";

/** Policies and requests that meet now and then: of few words each. */
const names = fc.constantFrom("web-1", "web-2", "db-1");
const groups = fc.constantFrom(
  BOOTSTRAPPERS_GROUP,
  DEFAULT_TOKEN_GROUP,
  "system:bootstrappers:web",
  "system:bootstrappers:db",
);
const signers = fc.constantFrom(
  KUBELET_CLIENT_SIGNER,
  "nodeseal.dev/server",
  "nodeseal.dev/client",
  "example.com/none",
);
const rules = fc
  .record({
    group: groups,
    signerName: signers,
    approval: fc.constantFrom("auto" as const, "manual" as const),
    names: fc.constantFrom(["*"], ["web-*"], ["db-1"]),
    dnsNames: fc.constantFrom([], ["{name}.example.com"], ["*"]),
    keyTypes: fc.constantFrom(["P-256" as const], ["P-384" as const], ["P-256" as const, "P-384" as const]),
    maxLifetimeSeconds: fc.constantFrom(3600, 7 * 24 * 3600),
  })
  .map((rule) => ({ ...RULE_DEFAULTS, ...rule, defaultLifetimeSeconds: 3600 }));
const policies = fc.array(rules, { maxLength: 5 }).map((list) => ({
  version: "generated",
  protectLiveNames: true,
  ...NO_IDENTITIES,
  rules: list.map((rule, index) => ({ ...rule, name: `rule-${index}` })),
}));
const requests = fc.record({
  group: groups,
  signerName: signers,
  organizations: fc.constantFrom([], ["system:nodes"], ["system:masters"]),
  commonName: names.chain((name) => fc.constantFrom(name, `system:node:${name}`)),
  dnsNames: fc.constantFrom([], ["web-1.example.com"], ["elsewhere.example"]),
  keyType: fc.constantFrom("P-256" as const, "P-384" as const),
  usages: fc.constantFrom(undefined, ["digital signature", "client auth"], ["digital signature", "server auth"]),
  expirationSeconds: fc.constantFrom(undefined, 600, 100_000),
  nodeNames: fc.constantFrom([], ["web-*"]),
});

/** What a rule allows, but for one member at times: most of what is generated freely is denied. */
export const simulatedCases = fc
  .record({
    policy: policies,
    request: requests,
    chosen: fc.nat(4),
    name: names,
    member: fc.constantFrom("", "group", "signerName", "commonName", "dnsNames", "keyType", "usages", "nodeNames"),
    isFree: fc.boolean(),
  })
  .map(({ policy, request, chosen, name, member, isFree }) => {
    const rule = policy.rules[chosen % Math.max(1, policy.rules.length)];
    if (rule === undefined || isFree) return { policy, request };
    const isKubelet = rule.signerName === KUBELET_CLIENT_SIGNER;
    const allowed = {
      ...request,
      group: rule.group,
      signerName: rule.signerName,
      organizations: isKubelet ? ["system:nodes"] : [],
      commonName: isKubelet ? `system:node:${name}` : name,
      dnsNames: isKubelet || rule.dnsNames.length === 0 ? [] : [`${name}.example.com`],
      keyType: rule.keyTypes[0],
      usages: undefined,
      nodeNames: [],
    };
    const changed = Object.entries(request).filter(([key]) => key === member);
    return { policy, request: { ...allowed, ...Object.fromEntries(changed) } };
  });
