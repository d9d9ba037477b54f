import { describeName, subjectName, valuesOf, type DistinguishedName } from "../asn1/distinguished-name.ts";
import type { Identity } from "../token/identity.ts";
import { isInCidrBlock, parseCidrBlock } from "../certificate/ip-address.ts";
import { isRsa } from "../keys/key-type.ts";
import { certificateUsages } from "../certificate/key-usage.ts";
import { faultOfDnsName } from "../certificate/dns-name.ts";
import { matchesNamePattern } from "../certificate/name-pattern.ts";
import { OID } from "../asn1/object-identifier.ts";
import type { PolicyRule } from "./policy.ts";
import type { Profile } from "../certificate/profile.ts";
import type { RequestedCertificate } from "../csr/requested-certificate.ts";
import { NO_EXTENSIONS } from "../csr/requested-extensions.ts";

/** What a certificate will contain, built from policy and identity. The CSR is only compared with it. */
export interface CertificateGrant {
  readonly rule: PolicyRule;
  readonly subject: DistinguishedName;
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly usages: readonly string[];
}

/** Why one rule does not allow a request. */
export interface Denial {
  readonly rule: string;
  readonly field: string;
  readonly reason: string;
}

export interface GrantQuestion {
  readonly identity: Identity;
  readonly csr: RequestedCertificate;
  readonly profile: Profile;
  /** The common name without the profile's prefix. */
  readonly name: string;
  readonly usages: readonly string[];
}

/** Checks a request against one rule. Pure. Every check names its field. */
export function grantByRule(rule: PolicyRule, question: GrantQuestion): CertificateGrant | Denial {
  const { profile, name, usages } = question;
  const fault = faults(rule, question).find(({ reason }) => reason !== undefined);
  if (fault?.reason !== undefined) return { rule: rule.name, field: fault.field, reason: fault.reason };
  return {
    rule,
    subject: subjectName(grantedOrganizations(rule, question), profile.commonNamePrefix + name),
    dnsNames: distinct(question.csr.extensions.dnsNames.map((dnsName) => dnsName.toLowerCase())),
    ipAddresses: distinct(question.csr.extensions.ipAddresses),
    usages,
  };
}

/** A certificate repeats no name, even if the CSR does. */
function distinct(names: readonly string[]): string[] {
  return [...new Set(names)];
}

export function isDenial(outcome: CertificateGrant | Denial): outcome is Denial {
  return "reason" in outcome;
}

interface Fault {
  readonly field: string;
  readonly reason: string | undefined;
}

function faults(rule: PolicyRule, question: GrantQuestion): Fault[] {
  const { identity, csr, profile, name } = question;
  return [
    { field: "subject.organization", reason: faultOfOrganizations(rule, question) },
    { field: "subject", reason: faultOfOtherAttributes(csr) },
    { field: "subject.commonName", reason: profile.faultOfName(name) },
    {
      field: "subject.commonName",
      reason: rule.names.some((pattern) => matchesNamePattern(name, pattern))
        ? undefined
        : `the name ${JSON.stringify(name)} matches none of ${list(rule.names)}`,
    },
    {
      field: "subject.commonName",
      reason:
        rule.ownNameOnly && identity.username !== profile.commonNamePrefix + name
          ? `the common name must be the requester's own username ${JSON.stringify(identity.username)}`
          : undefined,
    },
    {
      field: "publicKey",
      reason: rule.keyTypes.includes(csr.keyType)
        ? undefined
        : `the key is ${csr.keyType}, allowed are ${list(rule.keyTypes)}`,
    },
    ...faultsOfUsages(question),
    ...faultsOfSubjectAltNames(rule, question),
    ...faultsOfExtensions(question),
  ];
}

/** Organizations are a set: how a CSR orders them has no meaning, and in a certificate they are in the rule's order. */
function grantedOrganizations(rule: PolicyRule, { csr, profile }: GrantQuestion): readonly string[] {
  if (profile.organizations !== undefined) return profile.organizations;
  if (rule.organizationsMode === "all") return rule.organizations;
  const asked = valuesOf(csr.subject, OID.organization);
  return rule.organizations.filter((organization) => asked.includes(organization));
}

function faultOfOrganizations(rule: PolicyRule, question: GrantQuestion): string | undefined {
  const asked = valuesOf(question.csr.subject, OID.organization);
  const { organizations, organizationsMode } = rule;
  const isChoice = question.profile.organizations === undefined && organizationsMode === "any";
  const granted = grantedOrganizations(rule, question);
  // Each once: a name that is there twice makes the lengths differ.
  const isSame = asked.length === granted.length && granted.every((organization) => asked.includes(organization));
  if (isSame && granted.length > 0) return undefined;
  if (isChoice) return `the subject's organization must be one or more of ${list(organizations)}, got ${list(asked)}`;
  return isSame ? undefined : `the subject's organization must be exactly ${list(granted)}, got ${list(asked)}`;
}

function faultOfOtherAttributes(csr: RequestedCertificate): string | undefined {
  const others = csr.subject.filter(({ type }) => type !== OID.organization && type !== OID.commonName);
  return others.length === 0 ? undefined : `the subject may hold O and CN only, got also ${describeName(others)}`;
}

function faultsOfUsages({ profile, usages }: GrantQuestion): Fault[] {
  const missing = profile.requiredUsages.filter((usage) => !usages.includes(usage));
  const foreign = usages.filter(
    (usage) => !profile.requiredUsages.includes(usage) && !profile.optionalUsages.includes(usage),
  );
  return [
    {
      field: "usages",
      reason:
        foreign.length === 0
          ? undefined
          : `${profile.signerName} does not allow ${list(foreign)}, only ${list([...profile.requiredUsages, ...profile.optionalUsages])}`,
    },
    {
      field: "usages",
      reason: missing.length === 0 ? undefined : `${profile.signerName} needs ${list(missing)} among the usages`,
    },
  ];
}

function faultsOfSubjectAltNames(rule: PolicyRule, { csr, profile, name }: GrantQuestion): Fault[] {
  const { dnsNames, ipAddresses, emailAddresses, uris, otherNames } = csr.extensions;
  const count = dnsNames.length + ipAddresses.length;
  const unsupported = emailAddresses.length + uris.length + otherNames.length;
  const field = "subjectAltName";
  if (profile.subjectAltNames === "forbidden") {
    return [
      {
        field,
        reason:
          count + unsupported === 0 ? undefined : `${profile.signerName} does not allow subject alternative names`,
      },
    ];
  }
  const patterns = rule.dnsNames.map((pattern) => pattern.replaceAll("{name}", name).toLowerCase());
  const blocks = rule.ipAddresses.flatMap((block) => parseCidrBlock(block) ?? []);
  const foreignDns = dnsNames.map((dnsName) => faultOfName(dnsName, patterns)).find((fault) => fault !== undefined);
  const foreignIp = ipAddresses.find((address) => !blocks.some((block) => isInCidrBlock(address, block)));
  return [
    {
      field,
      reason:
        unsupported === 0
          ? undefined
          : "email, URI and other subject alternative names are not allowed, only DNS names and IP addresses",
    },
    {
      field,
      reason:
        profile.subjectAltNames === "required" && count === 0
          ? "at least one DNS name or IP address is required as subject alternative name"
          : undefined,
    },
    {
      field,
      reason: foreignDns,
    },
    {
      field,
      reason:
        foreignIp === undefined
          ? undefined
          : rule.ipAddresses.length === 0
            ? `the IP address ${foreignIp} is not allowed: the rule allows none`
            : `the IP address ${foreignIp} is in none of ${list(rule.ipAddresses)}`,
    },
  ];
}

/** DNS names are compared in lower case (RFC 5280 section 7.2), and certified so. */
function faultOfName(dnsName: string, patterns: readonly string[]): string | undefined {
  const what = `the DNS name ${JSON.stringify(dnsName)}`;
  const fault = faultOfDnsName(dnsName);
  if (fault !== undefined) return `${what} cannot be certified: ${fault}`;
  if (patterns.length === 0) return `${what} is not allowed: the rule allows none`;
  return patterns.some((pattern) => matchesNamePattern(dnsName.toLowerCase(), pattern))
    ? undefined
    : `${what} matches none of ${list(patterns)}`;
}

/** A CSR that asks for more than the certificate will contain is refused: nobody should get less than they expect. */
function faultsOfExtensions({ csr, usages }: GrantQuestion): Fault[] {
  if (csr.extensions === NO_EXTENSIONS) return [];
  const { isCa, keyUsages, extendedKeyUsages, others } = csr.extensions;
  const granted = certificateUsages(usages, isRsa(csr.keyType));
  const foreignKeyUsage = keyUsages.find((usage) => !granted.keyUsages.includes(usage));
  const foreignPurpose = extendedKeyUsages.find((purpose) => !granted.extendedKeyUsages.includes(purpose));
  return [
    {
      field: "basicConstraints",
      reason: isCa ? "the CSR asks for a CA certificate (CA:TRUE); only end-entity certificates are issued" : undefined,
    },
    {
      field: "keyUsage",
      reason:
        foreignKeyUsage === undefined
          ? undefined
          : `the CSR asks for the key usage ${foreignKeyUsage}, allowed are ${list(granted.keyUsages)}`,
    },
    {
      field: "extendedKeyUsage",
      reason:
        foreignPurpose === undefined
          ? undefined
          : `the CSR asks for the extended key usage ${foreignPurpose}, allowed are ${list(granted.extendedKeyUsages)}`,
    },
    {
      field: "extensions",
      reason: others.length === 0 ? undefined : `the CSR asks for the extension ${list(others)}; leave it out`,
    },
  ];
}

function list(values: readonly string[]): string {
  return values.length === 0 ? "none" : values.map((value) => JSON.stringify(value)).join(", ");
}
