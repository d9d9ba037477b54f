import { RefusalError } from "../refusal.ts";
import type { Claims } from "./claims.ts";
import type { IdentityPolicy, IdentityProvider } from "./identity-provider.ts";
import { readIdentityToken, type PresentedIdentityToken } from "./identity-token.ts";
import { invalidEvidence } from "./invalid-evidence.ts";
import type { KeyLocation, KeySet, KeySource, SignatureVerdict } from "./key-set.ts";
import { keySetCache, type KeySetCache } from "./key-set-cache.ts";
import { checkRegisteredClaims, type RegisteredClaims } from "./registered-claims.ts";
import { algorithmsOf, isOfOrganization, selectProvider } from "./select-provider.ts";

/** A token that its issuer signed, that is for this service, and that is good now. */
export interface VerifiedToken extends RegisteredClaims {
  readonly provider: IdentityProvider;
  readonly claims: Claims;
}

export interface IdentityTokens {
  /** @throws RefusalError `invalid_evidence`; `identity_provider_unavailable` */
  readonly verify: (token: string) => Promise<VerifiedToken>;
}

/** Verifies identity tokens of the issuers that a policy believes. */
export function identityTokens(
  { identityProviders }: IdentityPolicy,
  source: KeySource,
  clock: () => Date,
): IdentityTokens {
  const cache = keySetCache(source, clock);
  return {
    verify: async (text) => {
      const presented = readIdentityToken(text);
      const provider = selectProvider(presented.claims, identityProviders);
      assertAlgorithm(presented, provider);
      assertSigned(await judgeSignature(presented, provider, source, cache), provider);
      return acceptClaims(presented.claims, provider, clock());
    },
  };
}

/** What of a token can be judged without its signature. @throws RefusalError `invalid_evidence` */
export function acceptClaims(claims: Claims, provider: IdentityProvider, now: Date): VerifiedToken {
  if (provider.kind === "aws" && provider.organizations.length > 0 && !isOfOrganization(provider.organizations, claims))
    throw invalidEvidence("the identity token is of another organization of AWS", {
      ...{ provider: provider.name, claim: "aws.org_id" },
    });
  return { provider, claims, ...checkRegisteredClaims(claims, provider, now) };
}

/** Before any key is fetched. Among those allowed is none that a public key could be the secret of. */
function assertAlgorithm({ algorithm }: PresentedIdentityToken, provider: IdentityProvider): void {
  const allowed: readonly string[] = algorithmsOf(provider);
  if (allowed.includes(algorithm)) return;
  throw invalidEvidence(`the identity token is not signed by one of the algorithms ${allowed.join(", ")}`, {
    provider: provider.name,
  });
}

async function judgeSignature(
  { text, claims }: PresentedIdentityToken,
  provider: IdentityProvider,
  source: KeySource,
  cache: KeySetCache,
): Promise<SignatureVerdict> {
  const judge = (keys: KeySet): Promise<SignatureVerdict> => keys.judge(text, algorithmsOf(provider));
  if (provider.kind === "oidc" && provider.jwks !== undefined) return judge(await source.of(provider.jwks));
  const location = locationOf(provider, claims);
  const keys = await cache.keysOf(location);
  if (keys === undefined) throw unavailable(provider);
  const verdict = await judge(keys);
  if (verdict !== "unknown key") return verdict;
  const newer = await cache.newerThan(keys, location);
  return newer === undefined ? verdict : judge(newer);
}

/** The issuer has been compared with what the deployment says, or with the one form that an issuer of AWS has. */
function locationOf(provider: IdentityProvider, { iss }: Claims): KeyLocation {
  if (provider.kind === "oidc") return { issuer: provider.issuer, jwksUri: provider.jwksUri };
  if (typeof iss !== "string") throw new Error("a token without an issuer has no provider");
  return { issuer: iss, jwksUri: undefined };
}

function assertSigned(verdict: SignatureVerdict, { name }: IdentityProvider): void {
  if (verdict === "valid") return;
  const reasons: Readonly<Record<Exclude<SignatureVerdict, "valid">, string>> = {
    invalid: "the signature of the identity token is not its issuer's",
    "unknown key": "the identity token names a key that its issuer does not have",
    "no one key": "the identity token could be signed by several keys of its issuer; it must name one",
  };
  throw invalidEvidence(reasons[verdict], { provider: name });
}

function unavailable({ name }: IdentityProvider): RefusalError {
  return new RefusalError(
    "identity_provider_unavailable",
    `the keys of the identity provider ${name} cannot be had now; ask again`,
    { rule: `identity provider ${name}`, retryAfterSeconds: 60 },
  );
}
