/** Whose identity tokens are believed, and what their claims are worth: the members `identityProviders` and `identityRules` of a policy. */

/** A set of public keys (RFC 7517). */
export interface JsonWebKeys {
  readonly keys: readonly Readonly<Record<string, unknown>>[];
}

interface AnyProvider {
  readonly name: string;
  /** What a token must be for. It may also be made for one CSR alone (`csr-binding.ts`). */
  readonly audience: string;
  /** How long ago a token may have been issued. */
  readonly maxTokenAgeSeconds: number;
}

/** An issuer of OpenID Connect tokens, by its exact URL. */
export interface OidcProvider extends AnyProvider {
  readonly kind: "oidc";
  readonly issuer: string;
  readonly algorithms: readonly TokenAlgorithm[];
  /** Where its keys are, for issuers that keep them on another host. Undefined: the issuer's discovery document says it. */
  readonly jwksUri?: string | undefined;
  /** The keys themselves, for issuers that this service cannot reach. */
  readonly jwks?: JsonWebKeys | undefined;
  /** A claim that holds the CSR's SHA-256, for issuers where one can choose a claim. */
  readonly csrHashClaim?: string | undefined;
}

/** AWS' own identity tokens (`sts:GetWebIdentityToken`): every account has an issuer. */
export interface AwsProvider extends AnyProvider {
  readonly kind: "aws";
  /** Exact URLs. Empty: every issuer of AWS' domain whose tokens name one of `organizations`. */
  readonly issuers: readonly string[];
  readonly organizations: readonly string[];
}

export type IdentityProvider = OidcProvider | AwsProvider;

/** No HMAC and no "none": a public key is no secret. */
export const TOKEN_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "ES256", "ES384", "EdDSA"] as const;
export type TokenAlgorithm = (typeof TOKEN_ALGORITHMS)[number];

/** What STS signs with (`SigningAlgorithm` of GetWebIdentityToken). */
export const AWS_TOKEN_ALGORITHMS: readonly TokenAlgorithm[] = ["ES384", "RS256"];

/** Makes an identity of claims. The first rule of a provider whose claims match decides. */
export interface IdentityRule {
  /** Named in every denial. */
  readonly name: string;
  readonly provider: string;
  /** By the claim's path: the values of which it must have one. Patterns with `*`, which stands for any characters. */
  readonly claims: Readonly<Record<string, readonly string[]>>;
  /** The groups of whoever matches; the policy's rules say what these may have. */
  readonly groups: readonly string[];
  /** The only name that they may have (`name-template.ts`). */
  readonly nodeName: string;
  /** Whether a token must be made for one CSR alone. */
  readonly binding: "required" | "optional";
  /** Whether a live holder of the name gives way to the principal that the name was first given to. */
  readonly replace: "never" | "same-principal";
}

export interface IdentityPolicy {
  readonly identityProviders: readonly IdentityProvider[];
  readonly identityRules: readonly IdentityRule[];
}

export const NO_IDENTITIES: IdentityPolicy = { identityProviders: [], identityRules: [] };

export const IDENTITY_DEFAULTS = {
  algorithms: ["RS256", "ES256", "ES384"],
  maxTokenAgeSeconds: 3600,
  binding: "required",
  replace: "never",
} as const;
