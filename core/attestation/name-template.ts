import { valuesOfClaim, type Claims } from "./claims.ts";
import { instanceIdOf } from "./aws-claims.ts";

/**
 * A name made of claims: `{claims.PATH}` stands for a claim, `{instance-id}` for the EC2 instance's id that AWS signed.
 * Everything else stands for itself.
 */
const PLACEHOLDER = /\{([^{}]*)\}/g;
const CLAIM_PREFIX = "claims.";
export const INSTANCE_ID = "instance-id";

/** A value that may be part of a name. Others are refused, not rewritten: two identities must not come to one name. */
const NAME_PART = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;

export type ExpandedName =
  { readonly name: string } | { readonly name: undefined; readonly claim: string; readonly reason: string };

export function expandName(template: string, claims: Claims): ExpandedName {
  const parts = template.split(PLACEHOLDER);
  let name = "";
  // The pieces between placeholders and the placeholders' insides alternate.
  for (const [index, part] of parts.entries()) {
    if (index % 2 === 0) {
      name += part;
      continue;
    }
    const values =
      part === INSTANCE_ID ? [instanceIdOf(claims)] : valuesOfClaim(claims, part.slice(CLAIM_PREFIX.length));
    const [value] = values;
    const refused = { name: undefined, claim: part } as const;
    if (value === undefined || values.length !== 1)
      return { ...refused, reason: `the token has no one value for "{${part}}" in the name` };
    if (!NAME_PART.test(value))
      return {
        ...refused,
        reason: `the value of "{${part}}" cannot be part of a name: only a-z, 0-9, "." and "-" can`,
      };
    name += value;
  }
  return { name };
}

/** Why a template is none. `{instance-id}` is signed by AWS alone. */
export function faultOfTemplate(template: string, kind: "oidc" | "aws"): string | undefined {
  const fixed = template.replace(PLACEHOLDER, "");
  if (/[{}]/.test(fixed)) return "has a brace without its other half";
  if (!/^[a-z0-9.:@_-]*$/i.test(fixed)) return "holds a character that no name can have";
  if (template.includes("}{"))
    return "has two placeholders without anything between them: two identities could come to one name";
  for (const [, inside = ""] of template.matchAll(PLACEHOLDER)) {
    if (inside === INSTANCE_ID && kind === "aws") continue;
    if (inside.startsWith(CLAIM_PREFIX) && inside.length > CLAIM_PREFIX.length) continue;
    const known = `"{claims.PATH}"${kind === "aws" ? ` and "{${INSTANCE_ID}}"` : ""}`;
    return `has the unknown placeholder "{${inside}}"; known are ${known}`;
  }
  return undefined;
}
