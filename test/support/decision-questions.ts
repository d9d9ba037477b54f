import { decide, type Decision, type SigningParameters } from "../../core/policy/decision.ts";
import type { Der } from "../../core/asn1/der.ts";
import type { Identity } from "../../core/token/identity.ts";
import { DEFAULT_POLICY, type Policy } from "../../core/policy/policy.ts";
import { KUBELET_CLIENT_SIGNER } from "../../core/certificate/profile.ts";
import { NODE_SUBJECT, parsedCsr } from "./certificate-requests.ts";
import { sharedKeyPair } from "./key-pairs.ts";

/** A request to a whole policy; what is left out is what the kubelet of `n1.example` would send. */
export interface Question {
  readonly identity: Identity;
  readonly subject?: Der;
  readonly keyType?: "P-256" | "P-384" | "RSA-2048";
  readonly policy?: Policy;
  readonly parameters?: Partial<SigningParameters>;
}

export function ask({
  identity,
  subject = NODE_SUBJECT,
  keyType = "P-256",
  policy = DEFAULT_POLICY,
  parameters,
}: Question): Decision {
  const usual = {
    signerName: KUBELET_CLIENT_SIGNER,
    usages: undefined,
    lifetimeSeconds: undefined,
    sourceIp: "10.0.0.1",
  };
  return decide(identity, parsedCsr({ subject, keyPair: sharedKeyPair(keyType) }), { ...usual, ...parameters }, policy);
}

/** In one line, to compare. */
export function outcomeOf(decision: Decision): string {
  return decision.outcome === "deny"
    ? `deny ${decision.code}, ${decision.rule}, ${decision.field}`
    : `${decision.outcome} ${decision.name} by ${decision.grant.rule.name}`;
}
