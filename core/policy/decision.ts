import { grantByRule, isDenial, type CertificateGrant, type Denial, type GrantQuestion } from "./certificate-grant.ts";
import { valuesOf } from "../asn1/distinguished-name.ts";
import type { Identity } from "../token/identity.ts";
import type { AgentReport } from "../ledger/node-record.ts";
import { isInCidrBlock, parseCidrBlock } from "../certificate/ip-address.ts";
import { matchesNamePattern } from "../certificate/name-pattern.ts";
import { OID } from "../asn1/object-identifier.ts";
import type { Policy, PolicyRule } from "./policy.ts";
import { defaultUsages, profileOf, SIGNER_NAMES, type Profile } from "../certificate/profile.ts";
import type { RefusalCode } from "../refusal.ts";
import type { RequestedCertificate } from "../csr/requested-certificate.ts";

/** The parameters sent beside the CSR. */
export interface SigningParameters {
  readonly signerName: string;
  /** Kubernetes' usages; undefined asks for the profile's own. */
  readonly usages: readonly string[] | undefined;
  readonly lifetimeSeconds: number | undefined;
  /** The requester's address, as the front door reports it. */
  readonly sourceIp: string;
  /** What the agent reports about itself. It decides nothing. */
  readonly agent?: AgentReport;
}

export type Decision =
  | { readonly outcome: "issue" | "pending"; readonly grant: CertificateGrant; readonly name: string }
  | {
      readonly outcome: "deny";
      readonly code: RefusalCode;
      readonly rule: string;
      readonly field: string;
      readonly reason: string;
    };

/** The rule named in a denial when no rule applies to the requester. */
const DEFAULT_DENY = "default-deny";

/**
 * Decides whether this identity may have this certificate. Pure, and the same for a request, a retry and a simulation.
 * Whether the name is free is decided by a conditional write (`name-claim.ts`).
 */
export function decide(
  identity: Identity,
  csr: RequestedCertificate,
  parameters: SigningParameters,
  policy: Policy,
): Decision {
  const externalSource = faultOfSource(identity, parameters.sourceIp);
  if (externalSource !== undefined) return externalSource;
  const profile = profileOf(parameters.signerName);
  const rules = policy.rules.filter(
    ({ signerName, group }) => signerName === parameters.signerName && identity.groups.includes(group),
  );
  if (profile === undefined || rules.length === 0) return defaultDeny(identity, parameters, profile);
  const subject = nameFor(identity, csr, profile);
  if (subject.name === undefined)
    return deny("denied_by_policy", {
      rule: rules[0]?.name ?? DEFAULT_DENY,
      field: "subject.commonName",
      reason: subject.reason,
    });
  const { name } = subject;
  const usages = parameters.usages ?? defaultUsages(profile, csr.keyType);
  const grant = bestGrant(rules, { identity, csr, profile, name, usages });
  if (isDenial(grant)) return deny("denied_by_policy", grant);
  return (
    faultOfAttestedName(identity, name) ??
    faultOfTokenName(identity, name) ?? { outcome: grant.rule.approval === "auto" ? "issue" : "pending", grant, name }
  );
}

/** Prefers automatic approval to a pending request. Without either, returns the first rule's denial. */
function bestGrant(rules: readonly PolicyRule[], question: GrantQuestion): CertificateGrant | Denial {
  let best: CertificateGrant | Denial | undefined;
  for (const rule of rules) {
    const outcome = grantByRule(rule, question);
    if (!isDenial(outcome) && rule.approval === "auto") return outcome;
    if (best === undefined || (isDenial(best) && !isDenial(outcome))) best = outcome;
  }
  return best ?? { rule: DEFAULT_DENY, field: "signerName", reason: "no rule allows it" };
}

/**
 * The name a CSR asks for: its common name without the profile's prefix. Read first, because the node's item is read
 * before the requester is known.
 */
export function requestedName(
  csr: RequestedCertificate,
  profile: Profile,
): { name: string } | { name: undefined; reason: string } {
  const [commonName] = valuesOf(csr.subject, OID.commonName);
  if (commonName === undefined) return { name: undefined, reason: "the CSR's subject has no common name" };
  if (!commonName.startsWith(profile.commonNamePrefix)) {
    return {
      name: undefined,
      reason: `the common name must begin with "${profile.commonNamePrefix}", got ${JSON.stringify(commonName)}`,
    };
  }
  return { name: commonName.slice(profile.commonNamePrefix.length) };
}

function nameFor(
  { attested }: Identity,
  csr: RequestedCertificate,
  profile: Profile,
): ReturnType<typeof requestedName> {
  const isNamed = valuesOf(csr.subject, OID.commonName).length > 0;
  return attested === undefined || isNamed ? requestedName(csr, profile) : { name: attested.name };
}

function deny(code: RefusalCode, { rule, field, reason }: Denial): Decision {
  return { outcome: "deny", code, rule, field, reason };
}

function defaultDeny(identity: Identity, { signerName }: SigningParameters, profile: Profile | undefined): Decision {
  const reason =
    profile === undefined
      ? `the signer name ${JSON.stringify(signerName)} is unknown, known are ${SIGNER_NAMES.join(", ")}`
      : `no rule lets a member of ${identity.groups.join(", ")} have certificates of ${signerName}`;
  return deny("denied_by_policy", { rule: DEFAULT_DENY, field: "signerName", reason });
}

function faultOfSource({ token }: Identity, sourceIp: string): Decision | undefined {
  if (token === undefined || token.sourceCidrs.length === 0) return undefined;
  const blocks = token.sourceCidrs.flatMap((text) => parseCidrBlock(text) ?? []);
  if (blocks.some((block) => isInCidrBlock(sourceIp, block))) return undefined;
  return deny("outside_token", {
    rule: `token ${token.tokenId}`,
    field: "sourceIp",
    reason: `the token may be used from ${token.sourceCidrs.join(", ")}, the request came from ${sourceIp}`,
  });
}

/** The name of whom a platform vouches for comes from what it signed: the CSR can leave it out, and choose no other. */
function faultOfAttestedName({ attested }: Identity, name: string): Decision | undefined {
  if (attested === undefined || attested.name === name) return undefined;
  return deny("denied_by_policy", {
    rule: attested.rule,
    field: "subject.commonName",
    reason: `the identity's name is ${JSON.stringify(attested.name)}, the CSR asks for ${JSON.stringify(name)}`,
  });
}

function faultOfTokenName({ token }: Identity, name: string): Decision | undefined {
  if (token === undefined || token.nodeNames.length === 0) return undefined;
  if (token.nodeNames.some((pattern) => matchesNamePattern(name, pattern))) return undefined;
  return deny("outside_token", {
    rule: `token ${token.tokenId}`,
    field: "subject.commonName",
    reason: `the token is for ${token.nodeNames.join(", ")}, the CSR asks for ${JSON.stringify(name)}`,
  });
}
