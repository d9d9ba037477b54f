import type { Der } from "../asn1/der.ts";
import { AUTHENTICATED_GROUP, type Identity } from "../token/identity.ts";
import { BOOTSTRAPPERS_GROUP } from "../token/bootstrap-token.ts";
import { RefusalError } from "../refusal.ts";
import { awsPrincipalOf, withAwsAlias } from "./aws-claims.ts";
import { hasClaim, type Claims } from "./claims.ts";
import { csrHash, csrHashesOf } from "./csr-binding.ts";
import type { IdentityRule } from "./identity-provider.ts";
import { invalidEvidence } from "./invalid-evidence.ts";
import { expandName } from "./name-template.ts";
import type { VerifiedToken } from "./verify-token.ts";

/** Names of identities from outside begin so; no certificate and no bootstrap token gives one. */
const USERNAME_PREFIX = "nodeseal:identity:";

/**
 * Who a verified token is here: the first rule of its provider whose claims match says it. Default deny. Pure.
 *
 * @param csr undefined where there is none: then no token that must be made for one will do
 * @throws RefusalError `denied_by_policy`, `invalid_evidence`
 */
export function identify(token: VerifiedToken, csr: Der | "any" | undefined, rules: readonly IdentityRule[]): Identity {
  const { provider } = token;
  const claims = provider.kind === "aws" ? withAwsAlias(token.claims) : token.claims;
  const rule = matchingRule(claims, provider.name, rules);
  assertBound(token, claims, csr, rule);
  const expanded = expandName(rule.nodeName, claims);
  if (expanded.name === undefined)
    throw new RefusalError("denied_by_policy", expanded.reason, { rule: rule.name, field: expanded.claim });
  const principal = (provider.kind === "aws" ? awsPrincipalOf(claims) : undefined) ?? token.subject;
  const isBootstrapper = rule.groups.some((group) => group.startsWith(`${BOOTSTRAPPERS_GROUP}:`));
  return {
    username: `${USERNAME_PREFIX}${provider.name}:${principal}`,
    groups: [...new Set([...(isBootstrapper ? [BOOTSTRAPPERS_GROUP] : []), ...rule.groups])]
      .sort()
      .concat(AUTHENTICATED_GROUP),
    attested: { rule: rule.name, name: expanded.name, mayReplaceOwn: rule.replace === "same-principal" },
  };
}

function matchingRule(claims: Claims, provider: string, rules: readonly IdentityRule[]): IdentityRule {
  let firstFault: { rule: string; field: string; reason: string } | undefined;
  for (const rule of rules) {
    if (rule.provider !== provider) continue;
    const missing = Object.entries(rule.claims).find(([path, patterns]) => !hasClaim(claims, path, patterns));
    if (missing === undefined) return rule;
    const [path, patterns] = missing;
    const reason = `the identity token's claim "${path}" is none of ${patterns.map((one) => JSON.stringify(one)).join(", ")}`;
    firstFault ??= { rule: rule.name, field: `claims.${path}`, reason };
  }
  const { rule, field, reason } = firstFault ?? {
    rule: "default-deny",
    field: "provider",
    reason: `no rule is for identities of ${provider}`,
  };
  throw new RefusalError("denied_by_policy", reason, { rule, field });
}

/** Of a token that carries a hash, the hash is compared whatever the rule demands. */
function assertBound(
  token: VerifiedToken,
  claims: Claims,
  csr: Der | "any" | undefined,
  { name, binding }: IdentityRule,
): void {
  // Of a simulation that knows no CSR.
  if (csr === "any") return;
  const hashes = csrHashesOf(claims, token.provider, token.csrHash);
  if (hashes.some((hash) => csr === undefined || hash !== csrHash(csr)))
    throw invalidEvidence("the identity token is made for another CSR", { provider: token.provider.name });
  if (hashes.length > 0 || binding === "optional") return;
  throw new RefusalError(
    "denied_by_policy",
    "the identity token is not made for this CSR: its hash has to be in the audience or in a claim",
    { rule: name, field: "binding" },
  );
}
