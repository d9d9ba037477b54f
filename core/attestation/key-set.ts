import type { JsonWebKeys, TokenAlgorithm } from "./identity-provider.ts";

/**
 * What a set of keys says of a token: "unknown key" when the token names none of them, "no one key" when it could mean
 * several.
 */
export type SignatureVerdict = "valid" | "invalid" | "unknown key" | "no one key";

/** The public keys of an issuer, as they were at one time. */
export interface KeySet {
  /** Whether one of these keys signed a token, by one of these algorithms. */
  readonly judge: (token: string, algorithms: readonly TokenAlgorithm[]) => Promise<SignatureVerdict>;
}

/** Where an issuer's keys are. Made of what the deployment says, never of what is in a token. */
export interface KeyLocation {
  readonly issuer: string;
  /** Undefined: what the issuer's discovery document says (OpenID Connect Discovery 1.0), on the issuer's own host. */
  readonly jwksUri: string | undefined;
}

/** The port to issuers. */
export interface KeySource {
  /** Undefined when they cannot be had now. What went wrong is the adapter's to report. */
  readonly fetch: (location: KeyLocation) => Promise<KeySet | undefined>;
  /** Keys that the deployment itself has. */
  readonly of: (keys: JsonWebKeys) => Promise<KeySet>;
}
