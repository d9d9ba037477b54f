import type { TokenStore } from "../../core/token/token-store.ts";
import { hasRoomFor, type TokenAmendment, type TokenRecord, type WaitingUse } from "../../core/token/token-record.ts";
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

  const consume = (
    tokenId: string,
    useName: string,
    now: Date,
    waiting?: WaitingUse,
  ): "consumed" | "spent" | "unusable" => {
    const token = tokens.get(tokenId);
    if (token === undefined || token.revokedAt !== undefined) return "unusable";
    if (token.expiration !== undefined && token.expiration.getTime() <= now.getTime()) return "unusable";
    if (token.maxUses === undefined) throw new Error(`the token ${tokenId} has no limit to count against`);
    if (!hasRoomFor(token, useName)) return "spent";
    const used = { ...token, usedBy: new Set([...token.usedBy, useName]) };
    tokens.set(tokenId, withWaiting(used, [...(token.waiting ?? []), ...(waiting === undefined ? [] : [waiting])]));
    return "consumed";
  };

  const giveBack = (tokenId: string, useName: string, waiting: readonly WaitingUse[]): void => {
    const token = tokens.get(tokenId);
    if (token === undefined) return;
    const usedBy = new Set([...token.usedBy].filter((name) => name !== useName));
    const gone = new Set(waiting.map(entryOf));
    tokens.set(
      tokenId,
      withWaiting(
        { ...token, usedBy },
        (token.waiting ?? []).filter((use) => !gone.has(entryOf(use))),
      ),
    );
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
    consume: (...use) => hooked(hooks, "tokens.consume", () => consume(...use)),
    giveBack: (...use) => hooked(hooks, "tokens.giveBack", () => giveBack(...use)),
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

/** A set: each entry once, and no empty one. */
function withWaiting(token: TokenRecord, waiting: readonly WaitingUse[]): TokenRecord {
  const unique = [...new Map(waiting.map((use) => [entryOf(use), use])).values()];
  const changed = { ...copyOf(token), waiting: unique };
  if (unique.length === 0) Reflect.deleteProperty(changed, "waiting");
  return changed;
}

function entryOf(use: WaitingUse): string {
  return JSON.stringify(use);
}
