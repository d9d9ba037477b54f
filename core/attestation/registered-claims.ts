import type { Claims } from "./claims.ts";
import { readAudience } from "./csr-binding.ts";
import type { IdentityProvider } from "./identity-provider.ts";
import { invalidEvidence } from "./invalid-evidence.ts";

/** `iat` and `nbf` may be this far in the future: issuers' clocks are not ours. */
export const CLOCK_SKEW_SECONDS = 60;
const MAX_SUBJECT_CHARACTERS = 512;

export interface RegisteredClaims {
  readonly subject: string;
  /** The CSR's hash behind the audience, where one is. */
  readonly csrHash: string | undefined;
}

/**
 * The claims of RFC 7519 section 4.1, of a token whose signature is good. Who it is for is exact, and it is for nobody else:
 * whoever else is in its audience could present it here.
 *
 * @throws RefusalError `invalid_evidence` naming the claim
 */
export function checkRegisteredClaims(claims: Claims, provider: IdentityProvider, now: Date): RegisteredClaims {
  const wrong = (claim: string, message: string) => invalidEvidence(message, { provider: provider.name, claim });
  const { sub, aud, exp, nbf, iat } = claims;
  if (typeof sub !== "string" || sub === "" || sub.length > MAX_SUBJECT_CHARACTERS)
    throw wrong("sub", `the identity token must say whose it is, in 1 to ${MAX_SUBJECT_CHARACTERS} characters`);
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  const [audience] = audiences;
  const read = typeof audience === "string" ? readAudience(audience, provider.audience) : undefined;
  if (audiences.length !== 1 || read === undefined)
    throw wrong("aud", `the identity token must be for ${JSON.stringify(provider.audience)} and for nobody else`);
  const nowSeconds = now.getTime() / 1000;
  if (!isTime(exp)) throw wrong("exp", "the identity token does not say when it expires");
  if (nowSeconds >= exp) throw wrong("exp", "the identity token has expired; get a new one");
  if (!isTime(iat)) throw wrong("iat", "the identity token does not say when it was issued");
  if (iat > nowSeconds + CLOCK_SKEW_SECONDS)
    throw wrong("iat", "the identity token was issued in the future; a clock is wrong");
  if (nowSeconds - iat > provider.maxTokenAgeSeconds)
    throw wrong("iat", `the identity token is older than ${provider.maxTokenAgeSeconds} s; get a new one`);
  if (nbf !== undefined && !(isTime(nbf) && nbf <= nowSeconds + CLOCK_SKEW_SECONDS))
    throw wrong("nbf", "the identity token is not valid yet; a clock is wrong");
  return { subject: sub, csrHash: read.csrHash };
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}
