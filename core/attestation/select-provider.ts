import { AWS_CLAIMS, isAwsIssuer } from "./aws-claims.ts";
import { claimAt, type Claims } from "./claims.ts";
import { isJsonObject } from "../input/json-object.ts";
import { AWS_TOKEN_ALGORITHMS, type IdentityProvider, type TokenAlgorithm } from "./identity-provider.ts";
import { invalidEvidence } from "./invalid-evidence.ts";

/** Whose token it says it is, if that is somebody who is believed. Issuers are compared as they are. */
export function selectProvider(claims: Claims, providers: readonly IdentityProvider[]): IdentityProvider {
  const { iss } = claims;
  const provider =
    typeof iss === "string"
      ? (providers.find((one) => isListed(one, iss)) ?? providers.find((one) => isOfDomain(one, claims, iss)))
      : undefined;
  if (provider !== undefined) return provider;
  throw invalidEvidence("the issuer of the identity token is none that this service believes", { claim: "iss" });
}

function isListed(provider: IdentityProvider, issuer: string): boolean {
  return provider.kind === "aws" ? provider.issuers.includes(issuer) : provider.issuer === issuer;
}

/** Any account's issuer, where the token names an organization of ours. That is verified with the signature. */
function isOfDomain(provider: IdentityProvider, claims: Claims, issuer: string): boolean {
  return (
    provider.kind === "aws" &&
    provider.issuers.length === 0 &&
    isAwsIssuer(issuer) &&
    isOfOrganization(provider.organizations, claims)
  );
}

/** AWS signs the organization of the account whose issuer it is. */
export function isOfOrganization(organizations: readonly string[], claims: Claims): boolean {
  const own = claims[AWS_CLAIMS];
  const organization = isJsonObject(own) ? claimAt(own, "org_id") : undefined;
  return typeof organization === "string" && organizations.includes(organization);
}

export function algorithmsOf(provider: IdentityProvider): readonly TokenAlgorithm[] {
  return provider.kind === "aws" ? AWS_TOKEN_ALGORITHMS : provider.algorithms;
}
