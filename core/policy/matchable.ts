import { DNS_NAMES, faultOfPattern } from "../certificate/name-pattern.ts";
import { NODES_GROUP } from "../certificate/node-name.ts";
import { nameKindOf, profileOf } from "../certificate/profile.ts";
import { shown } from "../input/schema.ts";
import { RefusalError } from "../refusal.ts";
import { BOOTSTRAP_GROUP_PATTERN, BOOTSTRAPPERS_GROUP } from "../token/bootstrap-token.ts";
import { AUTHENTICATED_GROUP } from "../token/identity.ts";
import type { Policy, PolicyRule } from "./policy.ts";

/** Why something in a rule can never match, and where. */
interface Unmatchable {
  readonly path: string;
  readonly got: string;
  readonly reason: string;
}

/**
 * What can never match is a mistake of whoever wrote it: nobody gets what was meant for somebody.
 *
 * @throws RefusalError `malformed_request` naming the first one, its place, and what was probably meant
 */
export function assertMatchable({ rules }: Policy): void {
  for (const [index, rule] of rules.entries()) {
    const [first] = unmatchableIn(rule);
    if (first === undefined) continue;
    const field = `rules[${index}].${first.path}`;
    const message = `the policy: "${field}" can never match, got ${shown(first.got)}: ${first.reason}`;
    throw new RefusalError("malformed_request", message, { field });
  }
}

function unmatchableIn(rule: PolicyRule): Unmatchable[] {
  const profile = profileOf(rule.signerName);
  if (profile === undefined) return [];
  const names = nameKindOf(profile);
  const noAlternativeNames = (): string | undefined =>
    profile.subjectAltNames === "forbidden" ? `${rule.signerName} has no subject alternative names` : undefined;
  return [
    ...faults("group", [rule.group], faultOfGroup).map((fault) => ({ ...fault, path: "group" })),
    ...faults("names", rule.names, (pattern) => faultOfPattern(pattern, names)),
    ...faults("organizations", rule.organizations, faultOfOrganization),
    ...faults("dnsNames", rule.dnsNames, (pattern) => noAlternativeNames() ?? faultOfPattern(pattern, DNS_NAMES)),
    ...faults("ipAddresses", rule.ipAddresses, noAlternativeNames),
  ];
}

function faults(
  member: string,
  values: readonly string[],
  faultOf: (value: string) => string | undefined,
): Unmatchable[] {
  return values.flatMap((got, index) => {
    const reason = faultOf(got);
    return reason === undefined ? [] : [{ path: `${member}[${index}]`, got, reason }];
  });
}

/** The groups of Kubernetes that a requester can be in. No certificate of ours has another that begins so. */
const KUBERNETES_GROUPS: readonly string[] = [NODES_GROUP, BOOTSTRAPPERS_GROUP, AUTHENTICATED_GROUP];

function faultOfGroup(group: string): string | undefined {
  if (group.startsWith(`${BOOTSTRAPPERS_GROUP}:*`))
    return `groups are compared as they are; did you mean "${BOOTSTRAPPERS_GROUP}", which every token is in?`;
  if (group.includes("*")) return "groups are compared as they are, and none holds a star";
  if (!group.startsWith("system:") || KUBERNETES_GROUPS.includes(group)) return undefined;
  if (BOOTSTRAP_GROUP_PATTERN.test(group)) return undefined;
  return group.startsWith(`${BOOTSTRAPPERS_GROUP}:`)
    ? "a token's group has a-z, 0-9, ':' and '-' only"
    : `nobody is in it here; groups of "system:" are ${KUBERNETES_GROUPS.join(", ")} and those of tokens`;
}

function faultOfOrganization(organization: string): string | undefined {
  if (organization.includes("*")) return 'organizations are compared as they are; name each, with "any" for a choice';
  return /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(organization) ? "no CSR may hold invisible characters" : undefined;
}
