import type { Decision } from "../../core/policy/decision.ts";
import type { Der } from "../../core/asn1/der.ts";
import type { Identity } from "../../core/token/identity.ts";
import type { KeyType } from "../../core/keys/key-type.ts";
import { RULE_DEFAULTS, type PolicyRule } from "../../core/policy/policy.ts";
import { KUBELET_CLIENT_SIGNER, KUBELET_SERVING_SIGNER } from "../../core/certificate/profile.ts";
import { extensionRequest, parsedCsr, subjectOf } from "./certificate-requests.ts";
import { nodeIdentity } from "./identities.ts";
import { sharedKeyPair } from "./key-pairs.ts";
import { decideByRule } from "./pure-issuance.ts";

/** Rules to ask, all for the group of nodes. */
export const CLIENT: PolicyRule = {
  ...RULE_DEFAULTS,
  name: "the rule",
  group: "system:nodes",
  signerName: KUBELET_CLIENT_SIGNER,
};
export const SERVING: PolicyRule = {
  ...CLIENT,
  signerName: KUBELET_SERVING_SIGNER,
  dnsNames: ["{name}", "*.pods.example"],
  ipAddresses: ["10.0.0.0/8", "2001:db8::/32"],
};
export const SERVER: PolicyRule = {
  ...CLIENT,
  signerName: "nodeseal.dev/server",
  organizations: ["web", "eu"],
  names: ["web-*"],
  dnsNames: ["{name}.example"],
  ipAddresses: ["10.1.0.0/16"],
};
export const SERVER_SUBJECT = subjectOf(["web", "eu"], "web-1");

/** What is left out is what the kubelet of `n1.example` would send under `CLIENT`. */
export interface PolicyQuestion {
  readonly rule?: PolicyRule;
  readonly subject?: Der;
  readonly keyType?: KeyType;
  readonly extensions?: readonly Der[];
  readonly usages?: readonly string[];
  readonly identity?: Identity;
}

export function decided({
  rule = CLIENT,
  subject,
  keyType = "P-256",
  extensions = [],
  usages,
  identity,
}: PolicyQuestion): Decision {
  const csr = parsedCsr({
    keyPair: sharedKeyPair(keyType),
    ...(subject && { subject }),
    attributes: extensions.length === 0 ? [] : [extensionRequest(...extensions)],
  });
  return decideByRule({ csr, rule, ...(usages && { usages }), identity: identity ?? nodeIdentity("n1.example") });
}
