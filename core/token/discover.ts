import { RefusalError } from "../refusal.ts";
import { invalidToken, isUsableToken } from "./authenticate-token.ts";
import { isTokenId } from "./bootstrap-token.ts";
import { DISCOVERY_NONCE, signDiscovery, type DiscoveryStatement } from "./discovery.ts";
import type { TokenStore } from "./token-store.ts";

/**
 * Shows whoever holds a token that the service knows it. Nobody is authenticated: a token's id is no secret, and to whom
 * lacks the secret the signature says nothing.
 *
 * @returns a compact JWS
 * @throws RefusalError `malformed_request`; `invalid_token`, also for a token whose secret somebody chose
 */
export async function discover(
  { tokens, clock }: { readonly tokens: TokenStore; readonly clock: () => Date },
  statement: DiscoveryStatement,
): Promise<string> {
  if (!DISCOVERY_NONCE.test(statement.nonce)) {
    const message = '"nonce" must be 22 to 64 letters, digits, "-" and "_"';
    throw new RefusalError("malformed_request", message, { field: "nonce" });
  }
  const stored = isTokenId(statement.tokenId) ? await tokens.read(statement.tokenId) : undefined;
  if (stored?.discoveryKey === undefined || !isUsableToken(stored, clock())) throw invalidToken();
  return signDiscovery(stored.discoveryKey, statement);
}
