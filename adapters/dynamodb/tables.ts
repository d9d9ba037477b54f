export interface KeyAttribute {
  readonly name: string;
  readonly type: "S" | "N" | "B";
}

/** KEYS_ONLY: an index entry is then written when its keys are, and never again. Lists read the items themselves. */
export interface IndexDefinition {
  readonly name: string;
  readonly partitionKey: KeyAttribute;
  readonly sortKey: KeyAttribute;
  /** Of an index that few items are in, and that is read whole: what its entries hold besides. */
  readonly includes?: readonly string[];
}

export interface TableDefinition {
  readonly partitionKey: KeyAttribute;
  readonly indexes: readonly IndexDefinition[];
  /** Epoch seconds. It only cleans up, days late at times: nothing may trust an item to be gone. */
  readonly timeToLiveAttribute: string | undefined;
}

const TIME_TO_LIVE = "deleteAt";

/**
 * The tables, for infra, the local service and tests alike. An index leaves out items that lack one of its keys, and
 * each that has both costs one more write unit: which attributes are set when is the business of the `*-item.ts` files.
 */
export const TABLES = {
  tokens: {
    partitionKey: { name: "tokenId", type: "S" },
    timeToLiveAttribute: TIME_TO_LIVE,
    indexes: [
      {
        name: "byCreation",
        partitionKey: { name: "list", type: "S" },
        sortKey: { name: "createdAt", type: "N" },
      },
    ],
  },
  nodes: {
    partitionKey: { name: "key", type: "S" },
    timeToLiveAttribute: undefined,
    indexes: [
      {
        name: "byName",
        partitionKey: { name: "shard", type: "S" },
        sortKey: { name: "key", type: "S" },
      },
    ],
  },
  // The short names are spelled out in issuance-item.ts.
  issuances: {
    partitionKey: { name: "name", type: "S" },
    timeToLiveAttribute: TIME_TO_LIVE,
    indexes: [
      { name: "byNode", partitionKey: { name: "n", type: "S" }, sortKey: { name: "ra", type: "N" } },
      { name: "byToken", partitionKey: { name: "t", type: "S" }, sortKey: { name: "ra", type: "N" } },
      { name: "byExpiry", partitionKey: { name: "x", type: "S" }, sortKey: { name: "sn", type: "B" } },
      { name: "byChange", partitionKey: { name: "o", type: "S" }, sortKey: { name: "h", type: "N" } },
      { name: "waiting", partitionKey: { name: "w", type: "S" }, sortKey: { name: "c", type: "N" } },
      {
        name: "revoked",
        partitionKey: { name: "i", type: "S" },
        sortKey: { name: "rt", type: "N" },
        includes: ["sn", "na", "rv", "v"],
      },
    ],
  },
  authorities: {
    partitionKey: { name: "id", type: "S" },
    // Of the pieces of revocation lists; what else is here stays.
    timeToLiveAttribute: TIME_TO_LIVE,
    indexes: [],
  },
} as const satisfies Readonly<Record<string, TableDefinition>>;

/**
 * What an update names that counts a use of a token, or gives it back (`token-store.ts`), its key included. Whoever may only count is granted
 * updates by these names: DynamoDB makes an item that is not there, and an update that may name anything is one more way
 * to make a token.
 */
export const COUNTED_USE_ATTRIBUTES = ["tokenId", "usedBy", "waiting", "maxUses", "revokedAt", "expiration"] as const;

export type TableKind = keyof typeof TABLES;

/** How each table is called in this deployment. */
export type TableNames = Readonly<Record<TableKind, string>>;
