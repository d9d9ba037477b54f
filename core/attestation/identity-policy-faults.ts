import type { IdentityPolicy, IdentityProvider, IdentityRule } from "./identity-provider.ts";
import { faultOfTemplate } from "./name-template.ts";

/** Why an identity policy cannot mean what it says, and where. */
export interface IdentityPolicyFault {
  readonly field: string;
  readonly message: string;
}

/** Claims that every token of a provider has alike, or that say nothing of whose it is. */
const SAYS_NOTHING = new Set(["iss", "aud", "exp", "nbf", "iat", "jti"]);

/** Of a policy that would be believed more, or otherwise, than whoever wrote it can see. */
export function faultOfIdentities({
  identityProviders,
  identityRules,
}: IdentityPolicy): IdentityPolicyFault | undefined {
  const providers = new Map(identityProviders.map((provider) => [provider.name, provider]));
  if (providers.size < identityProviders.length)
    return { field: "identityProviders", message: "must not have two providers of one name" };
  if (new Set(identityRules.map((rule) => rule.name)).size < identityRules.length)
    return { field: "identityRules", message: "must not have two rules of one name" };
  return faultOfIssuers(identityProviders) ?? firstFault(identityRules, (rule) => faultOfRule(rule, providers));
}

/** Every token has one provider: which one says what it is worth. */
function faultOfIssuers(providers: readonly IdentityProvider[]): IdentityPolicyFault | undefined {
  const issuers = providers.flatMap((one) => (one.kind === "aws" ? one.issuers : [one.issuer]));
  const ofDomain = providers.flatMap((one) =>
    one.kind === "aws" && one.issuers.length === 0 ? one.organizations : [],
  );
  const isTwice = (values: readonly string[]): boolean => new Set(values).size < values.length;
  return isTwice(issuers) || isTwice(ofDomain)
    ? { field: "identityProviders", message: "must not name an issuer or an organization twice" }
    : undefined;
}

function firstFault(
  rules: readonly IdentityRule[],
  faultOf: (rule: IdentityRule) => IdentityPolicyFault | undefined,
): IdentityPolicyFault | undefined {
  for (const [index, rule] of rules.entries()) {
    const fault = faultOf(rule);
    if (fault !== undefined) return { ...fault, field: `identityRules[${index}].${fault.field}` };
  }
  return undefined;
}

function faultOfRule(
  { provider: providerName, claims, nodeName }: IdentityRule,
  providers: ReadonlyMap<string, IdentityProvider>,
): IdentityPolicyFault | undefined {
  const provider = providers.get(providerName);
  if (provider === undefined) {
    const known = [...providers.keys()].join(", ") || "none";
    return {
      field: "provider",
      message: `must be one of identityProviders (${known}), got ${JSON.stringify(providerName)}`,
    };
  }
  if (Object.keys(claims).every((path) => SAYS_NOTHING.has(path)))
    return {
      field: "claims",
      message: "must demand a claim that says whose token it is, such as sub: else every token of the issuer would do",
    };
  const template = faultOfTemplate(nodeName, provider.kind);
  if (template !== undefined) return { field: "nodeName", message: template };
  return undefined;
}

/** The groups that identity rules give; one that no rule of the policy binds to a profile gets nobody anything. */
export function faultOfGroups(
  { identityProviders, identityRules }: IdentityPolicy,
  isBound: (group: string) => boolean,
): IdentityPolicyFault | undefined {
  const unused = identityProviders.findIndex(({ name }) => !identityRules.some(({ provider }) => provider === name));
  if (unused !== -1)
    return { field: `identityProviders[${unused}]`, message: "can never match: no identity rule is for it" };
  return firstFault(identityRules, ({ groups }) => {
    const index = groups.findIndex((group) => !isBound(group));
    return index === -1
      ? undefined
      : {
          field: `groups[${index}]`,
          message: `can never match: no rule of the policy is for the group ${JSON.stringify(groups[index])}`,
        };
  });
}
