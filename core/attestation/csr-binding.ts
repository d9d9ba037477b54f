import { createHash } from "node:crypto";
import type { Der } from "../asn1/der.ts";
import { CSR_HASH_TAG } from "./aws-claims.ts";
import { claimAt, type Claims } from "./claims.ts";
import type { IdentityProvider } from "./identity-provider.ts";

/**
 * A token that is made for one CSR is good for nobody else: who steals it lacks the CSR's key. Its hash stands in a claim
 * (of AWS: a request tag), or at the end of the audience, which most issuers let one choose.
 */
const AUDIENCE_SUFFIX = "/csr-sha256/";

/** As it stands in tokens: the SHA-256 of the CSR's DER in base64url, 43 characters. */
export function csrHash(csr: Der): string {
  return createHash("sha256").update(csr).digest("base64url");
}

/** The audience of a token that is made for one CSR. */
export function boundAudience(audience: string, csr: Der): string {
  return `${audience}${AUDIENCE_SUFFIX}${csrHash(csr)}`;
}

/** What stands behind the provider's audience; undefined when the token is for somebody else. */
export function readAudience(audience: string, expected: string): { readonly csrHash: string | undefined } | undefined {
  if (audience === expected) return { csrHash: undefined };
  const start = expected + AUDIENCE_SUFFIX;
  return audience.startsWith(start) ? { csrHash: audience.slice(start.length) } : undefined;
}

/** Every CSR hash that a token carries. One that is no text is none that any CSR has. */
export function csrHashesOf(
  claims: Claims,
  provider: IdentityProvider,
  ofAudience: string | undefined,
): readonly unknown[] {
  const path = provider.kind === "aws" ? undefined : provider.csrHashClaim;
  const ofClaim =
    provider.kind === "aws"
      ? ownMember(claimAt(claims, "aws.request_tags"), CSR_HASH_TAG)
      : path && claimAt(claims, path);
  return [ofAudience, ofClaim].filter((hash) => hash !== undefined);
}

/** The tag's name holds no dot, but other tags may: it is looked up as it is. */
function ownMember(value: unknown, member: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, member)
    ? Object.entries(value).find(([name]) => name === member)?.[1]
    : undefined;
}
