import type { TokenStore } from "../../../core/token/token-store.ts";
import { number, text, time } from "../attribute.ts";
import { idsByTime } from "../index-list.ts";
import { dynamoDbTable, type TableOptions } from "../table.ts";
import { deleteAtOf, TOKEN_LIST, tokenItem, tokenOf, waitingEntry } from "./token-item.ts";

const IS_ALIVE = "attribute_not_exists(#revokedAt) AND (attribute_not_exists(#expiration) OR #expiration > :now)";
const HAS_ROOM =
  "(contains(#usedBy, :use) OR size(#usedBy) < #maxUses OR (attribute_not_exists(#usedBy) AND #maxUses > :none))";

export function dynamoDbTokenStore(options: TableOptions): TokenStore {
  const table = dynamoDbTable(options, "tokens");
  return {
    read: async (tokenId) => {
      const item = await table.read(tokenId);
      return item === undefined ? undefined : tokenOf(item);
    },

    create: (token) => table.put(tokenItem(token), { condition: "attribute_not_exists(#tokenId)" }),

    consume: async (tokenId, useName, now, waiting) => {
      const { isApplied, item } = await table.update(tokenId, {
        update: `ADD #usedBy :uses${waiting === undefined ? "" : ", #waiting :waiting"}`,
        condition: `attribute_exists(#maxUses) AND ${IS_ALIVE} AND ${HAS_ROOM}`,
        values: {
          ":uses": { SS: [useName] },
          ":use": text(useName),
          ":now": time(now),
          ":none": number(0),
          ...(waiting === undefined ? {} : { ":waiting": { SS: [waitingEntry(waiting)] } }),
        },
      });
      if (isApplied) return "consumed";
      const token = item === undefined ? undefined : tokenOf(item);
      if (token === undefined || token.revokedAt !== undefined) return "unusable";
      if (token.expiration !== undefined && token.expiration.getTime() <= now.getTime()) return "unusable";
      if (token.maxUses === undefined) throw new Error(`the token ${tokenId} has no limit to count against`);
      return "spent";
    },

    giveBack: async (tokenId, useName, waiting) => {
      const entries = waiting.map(waitingEntry);
      await table.update(tokenId, {
        update: `DELETE #usedBy :uses${entries.length === 0 ? "" : ", #waiting :waiting"}`,
        condition: "attribute_exists(#maxUses)",
        values: { ":uses": { SS: [useName] }, ...(entries.length === 0 ? {} : { ":waiting": { SS: entries } }) },
      });
    },

    revoke: async (tokenId, at) => {
      const { item } = await table.update(tokenId, {
        update: "SET #revokedAt = if_not_exists(#revokedAt, :at)",
        condition: "attribute_exists(#tokenId)",
        values: { ":at": time(at) },
      });
      return item === undefined ? undefined : tokenOf(item);
    },

    amend: async (tokenId, { expiration, description, at }) => {
      const set = "SET #description = :description, #amendedAt = :at";
      const { isApplied, item } = await table.update(tokenId, {
        update:
          expiration === undefined
            ? `${set} REMOVE #expiration, #deleteAt`
            : `${set}, #expiration = :expiration, #deleteAt = :deleteAt`,
        condition: "attribute_exists(#tokenId) AND attribute_not_exists(#revokedAt)",
        values: {
          ":description": text(description),
          ":at": time(at),
          ...(expiration === undefined ? {} : { ":expiration": time(expiration), ":deleteAt": deleteAtOf(expiration) }),
        },
      });
      return isApplied && item !== undefined ? tokenOf(item) : undefined;
    },

    list: async (page) => {
      const list = { kind: "tokens", indexName: "byCreation", partition: TOKEN_LIST, isNewestFirst: true } as const;
      const { items: ids, cursor } = await idsByTime(table, list, page);
      return { items: (await table.readMany(ids)).map(tokenOf), cursor };
    },
  };
}
