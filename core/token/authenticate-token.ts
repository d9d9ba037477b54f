import { isTokenSecret, NO_TOKEN_HASH, parseBootstrapToken, type BootstrapToken } from "./bootstrap-token.ts";
import { RefusalError } from "../refusal.ts";
import { tokenStateOf, type TokenRecord } from "./token-record.ts";

/**
 * The token a request carries, by its form alone: what is no token costs no look-up.
 *
 * @throws RefusalError `invalid_token`
 */
export function presentedToken(text: string | undefined): BootstrapToken {
  const token = parseBootstrapToken(text ?? "");
  if (token === undefined) throw invalidToken();
  return token;
}

/**
 * Checks a token against what is stored of it. A spent token is still somebody's: whether it has room is asked later.
 * Unknown, wrong, expired and revoked tokens take the same steps and get the same answer.
 *
 * @throws RefusalError `invalid_token`
 */
export function authenticateToken(presented: BootstrapToken, stored: TokenRecord | undefined, now: Date): TokenRecord {
  const isKnown = isTokenSecret(presented, stored?.secretHash ?? NO_TOKEN_HASH);
  if (stored === undefined || !isKnown || !isUsableToken(stored, now)) throw invalidToken();
  return stored;
}

/** Whether it may authenticate somebody now. A spent one may: what used it comes back. */
export function isUsableToken(stored: TokenRecord, now: Date): boolean {
  const state = tokenStateOf(stored, now);
  return (state === "Active" || state === "Spent") && stored.usages.includes("authentication");
}

/** One answer for every token that is of no use. */
export function invalidToken(): RefusalError {
  return new RefusalError(
    "invalid_token",
    "the bootstrap token is not valid: it is unknown, wrong, expired or revoked",
  );
}
