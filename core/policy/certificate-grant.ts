import { describeName, subjectName, valuesOf, type DistinguishedName } from "../asn1/distinguished-name.ts";
import type { Identity } from "../token/identity.ts";
import { isInCidrBlock, parseCidrBlock } from "../certificate/ip-address.ts";
import { isRsa } from "../keys/key-type.ts";
import { certificateUsages } from "../certificate/key-usage.ts";
import { isDnsSubdomain, matchesNamePattern } from "../certificate/node-name.ts";
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
    subject: subjectName(profile.organizations ?? rule.organizations, profile.commonNamePrefix + name),
    dnsNames: distinct(question.csr.extensions.dnsNames),
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

function faultOfOrganizations(rule: PolicyRule, { csr, profile }: GrantQuestion): string | undefined {
  const asked = valuesOf(csr.subject, OID.organization);
  const allowed = profile.organizations ?? rule.organizations;
  const isSame =
    asked.length === allowed.length && allowed.every((organization, index) => asked[index] === organization);
  return isSame ? undefined : `the subject's organization must be exactly ${list(allowed)}, got ${list(asked)}`;
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
  const patterns = rule.dnsNames.map((pattern) => pattern.replaceAll("{name}", name));
  const blocks = rule.ipAddresses.flatMap((block) => parseCidrBlock(block) ?? []);
  const foreignDns = dnsNames.find(
    (dnsName) => !isDnsSubdomain(dnsName) || !patterns.some((pattern) => matchesNamePattern(dnsName, pattern)),
  );
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
      reason:
        foreignDns === undefined
          ? undefined
          : `the DNS name ${JSON.stringify(foreignDns)} matches none of ${list(patterns)}`,
    },
    {
      field,
      reason:
        foreignIp === undefined ? undefined : `the IP address ${foreignIp} is in none of ${list(rule.ipAddresses)}`,
    },
  ];
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
