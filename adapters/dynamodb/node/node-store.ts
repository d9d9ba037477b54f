import type { Page, PageRequest } from "../../../core/ledger/page.ts";
import { signerOfKey } from "../../../core/ledger/node-record.ts";
import type { NodeStore } from "../../../core/ledger/node-store.ts";
import type { NodeActOutcome } from "../../../core/ledger/node-act.ts";
import { decodeCursor, encodeCursor, ID_SHAPE } from "../../cursor.ts";
import { number, text, textOf } from "../attribute.ts";
import { confirmChange, reportChange, succeedChange } from "./node-acts.ts";
import { NODE_SHARDS, nodeItem, nodeOf } from "./node-item.ts";
import { dynamoDbTable, type Change, type DynamoDbTable, type TableOptions } from "../table.ts";

const LIST = ["byName"];
const POSITION = [ID_SHAPE];

export function dynamoDbNodeStore(options: TableOptions): NodeStore {
  const table = dynamoDbTable(options, "nodes");
  const act = async (key: string, change: Change): Promise<NodeActOutcome> => {
    const { isApplied, item } = await table.update(key, change);
    return { isApplied, node: item && nodeOf(item) };
  };
  return {
    read: async (key) => {
      const item = await table.read(key);
      return item === undefined ? undefined : nodeOf(item);
    },

    readMany: async (keys) => {
      const nodes = (await table.readMany(keys)).map(nodeOf);
      return new Map(nodes.map((node) => [node.key, node]));
    },

    write: (node) =>
      table.put(
        nodeItem({ ...node, version: node.version + 1 }),
        node.version === 0
          ? { condition: "attribute_not_exists(#key)" }
          : { condition: "#version = :version", values: { ":version": number(node.version) } },
      ),

    succeed: (succession) => act(succession.key, succeedChange(succession)),
    confirm: (confirmation) => act(confirmation.key, confirmChange(confirmation)),
    report: (report) => act(report.key, reportChange(report)),

    list: async (page, signerName) => {
      const { items: keys, cursor } = await keysInOrder(table, page);
      // The key says the signer: what is not wanted is not read.
      const wanted = keys.filter((key) => signerName === undefined || signerOfKey(key) === signerName);
      return { items: (await table.readMany(wanted)).map(nodeOf), cursor };
    },
  };
}

/** Merges the index's shards: each is in order, so the first keys of all are among the first of each. */
async function keysInOrder(table: DynamoDbTable, { limit, cursor }: PageRequest): Promise<Page<string>> {
  const [after] = cursor === undefined ? [] : decodeCursor(LIST, POSITION, cursor);
  const shards = await Promise.all(NODE_SHARDS.map((shard) => keysOfShard(table, shard, limit, after)));
  // What lies behind the end of a shard that was cut short (at the limit, or at 1 MB) may not be the next in order.
  const ends = shards.filter(({ hasMore }) => hasMore).flatMap(({ keys }) => keys.at(-1) ?? []);
  const end = ends.sort(byOctets)[0];
  const known = shards
    .flatMap(({ keys }) => keys)
    .filter((key) => end === undefined || byOctets(key, end) <= 0)
    .sort(byOctets);
  const keys = known.slice(0, limit);
  const last = keys.at(-1);
  const hasMore = end !== undefined || known.length > limit;
  return { items: keys, cursor: hasMore && last !== undefined ? encodeCursor(LIST, [last]) : undefined };
}

async function keysOfShard(table: DynamoDbTable, shard: string, limit: number, after: string | undefined) {
  const { items, hasMore } = await table.query({
    indexName: "byName",
    keyCondition: after === undefined ? "#shard = :shard" : "#shard = :shard AND #key > :after",
    values: { ":shard": text(shard), ...(after === undefined ? {} : { ":after": text(after) }) },
    limit,
  });
  return { keys: items.map((item) => textOf(item, "key")), hasMore };
}

/** DynamoDB's order of texts: their UTF-8 octets, not JavaScript's code units. */
function byOctets(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}
