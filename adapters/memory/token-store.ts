import type { TokenStore } from "../../core/token/token-store.ts";
import { hasRoomFor, type TokenAmendment, type TokenRecord } from "../../core/token/token-record.ts";
import { copyOf } from "./copy.ts";
import { hooked, type MemoryHooks } from "./memory-hooks.ts";
import { orderedPage, sortableTime } from "./ordered-page.ts";

export function memoryTokenStore(hooks: MemoryHooks = {}): TokenStore {
  const tokens = new Map<string, TokenRecord>();

  const create = (token: TokenRecord): boolean => {
    if (tokens.has(token.tokenId)) return false;
    tokens.set(token.tokenId, copyOf(token));
    return true;
  };

  const consume = (tokenId: string, intentName: string, now: Date): "consumed" | "spent" | "unusable" => {
    const token = tokens.get(tokenId);
    if (token === undefined || token.revokedAt !== undefined) return "unusable";
    if (token.expiration !== undefined && token.expiration.getTime() <= now.getTime()) return "unusable";
    if (token.maxUses === undefined) throw new Error(`the token ${tokenId} has no limit to count against`);
    if (!hasRoomFor(token, intentName)) return "spent";
    tokens.set(tokenId, { ...token, usedBy: new Set([...token.usedBy, intentName]) });
    return "consumed";
  };

  const revoke = (tokenId: string, at: Date): TokenRecord | undefined => {
    const token = tokens.get(tokenId);
    if (token === undefined) return undefined;
    const revoked = { ...token, revokedAt: token.revokedAt ?? new Date(at) };
    tokens.set(tokenId, revoked);
    return revoked;
  };

  const amend = (tokenId: string, { expiration, description, at }: TokenAmendment): TokenRecord | undefined => {
    const token = tokens.get(tokenId);
    if (token === undefined || token.revokedAt !== undefined) return undefined;
    const amended = copyOf({ ...token, expiration, description, amendedAt: at });
    tokens.set(tokenId, amended);
    return amended;
  };

  return {
    read: (tokenId) => hooked(hooks, "tokens.read", () => tokens.get(tokenId)),
    create: (token) => hooked(hooks, "tokens.create", () => create(token)),
    consume: (tokenId, intentName, now) => hooked(hooks, "tokens.consume", () => consume(tokenId, intentName, now)),
    revoke: (tokenId, at) => hooked(hooks, "tokens.revoke", () => revoke(tokenId, at)),
    amend: (tokenId, amendment) => hooked(hooks, "tokens.amend", () => amend(tokenId, amendment)),
    list: (page) => hooked(hooks, "tokens.list", () => orderedPage([...tokens.values()], NEWEST_FIRST, page)),
  };
}

const NEWEST_FIRST = {
  list: ["tokens"],
  sortKey: ({ createdAt }: TokenRecord) => sortableTime(createdAt),
  id: ({ tokenId }: TokenRecord) => tokenId,
  isDescending: true,
};
