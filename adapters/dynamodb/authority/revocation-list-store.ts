import type { Der } from "../../../core/asn1/der.ts";
import {
  NO_LIST,
  type Distribution,
  type PublishedList,
  type RevocationListRecord,
  type RevocationListStore,
} from "../../../core/revocation/list-store.ts";
import { SHARD_COUNTS, type RevocationListId } from "../../../core/authority/revocation-shard.ts";
import {
  bytes,
  bytesOf,
  itemOf,
  map,
  mapOf,
  number,
  numberOf,
  optional,
  seconds,
  text,
  textOf,
  time,
  timeOf,
  unreadable,
  type Item,
} from "../attribute.ts";
import { dynamoDbTable, type TableOptions } from "../table.ts";

/** An item has 400 KB, its names and keys included. */
const PIECE_OCTETS = 350 * 1024;

/** Who reads a list that was just replaced must find all of its pieces; what is long past serves nobody. */
const KEPT_MS = 7 * 24 * 3600 * 1000;

/**
 * In the table of the CAs, not in a bucket: which list is handed out is one conditional write, so that a slow reconciliation never
 * puts an older one back; and who hands it out may read that table already, and nothing else besides.
 */
export function dynamoDbRevocationListStore(options: TableOptions): RevocationListStore {
  const table = dynamoDbTable(options, "authorities");
  return {
    read: async (list) => {
      const item = await table.read(idOf(list));
      return item === undefined ? NO_LIST : recordOf(item);
    },
    write: (list, record) =>
      table.put(
        recordItem(list, record),
        record.version === 0
          ? { condition: "attribute_not_exists(#id)" }
          : { condition: "#version = :version", values: { ":version": number(record.version) } },
      ),
    store: async (list, published, der) => {
      const deleteAt = seconds(new Date(published.nextUpdate.getTime() + KEPT_MS));
      for (const [index, id] of pieceIds(list, published).entries()) {
        const piece = der.subarray(index * PIECE_OCTETS, (index + 1) * PIECE_OCTETS);
        // A number is used once; the condition keeps it so.
        const isNew = await table.put(
          { id: text(id), der: bytes(piece), deleteAt },
          { condition: "attribute_not_exists(#id)" },
        );
        if (!isNew) throw new Error(`a list ${published.number} of ${list.authorityId} is stored already`);
      }
    },
    fetch: async (list, published) => {
      const pieces = await Promise.all(pieceIds(list, published).map((id) => table.read(id)));
      const found = pieces.flatMap((item) => (item === undefined ? [] : [bytesOf(item, "der")]));
      const der: Der = Uint8Array.from(Buffer.concat(found));
      return der.length === published.octets ? der : undefined;
    },
  };
}

function idOf({ authorityId, shard }: RevocationListId): string {
  return `revocation-list/${authorityId}/${shard}`;
}

function pieceIds(list: RevocationListId, { number: listNumber, octets }: PublishedList): readonly string[] {
  const count = Math.ceil(octets / PIECE_OCTETS);
  return Array.from({ length: count }, (_, index) => `${idOf(list)}/${listNumber}/${index}`);
}

function recordItem(list: RevocationListId, record: RevocationListRecord): Item {
  return itemOf({
    id: text(idOf(list)),
    version: number(record.version + 1),
    number: number(record.number),
    published: optional(record.published, publishedAttribute),
    publishedSince: optional(record.publishedSince, time),
    distributions: {
      L: record.distributions.map(({ shards, url }) => map({ shards: number(shards), url: text(url) })),
    },
  });
}

function publishedAttribute({ number: listNumber, thisUpdate, nextUpdate, contentSha256, octets }: PublishedList) {
  return map({
    number: number(listNumber),
    thisUpdate: time(thisUpdate),
    nextUpdate: time(nextUpdate),
    contentSha256: text(contentSha256),
    octets: number(octets),
  });
}

function recordOf(item: Item): RevocationListRecord {
  const distributions = item["distributions"]?.L ?? unreadable("distributions", "list");
  return {
    version: numberOf(item, "version"),
    number: numberOf(item, "number"),
    published: item["published"] === undefined ? undefined : publishedOf(mapOf(item, "published")),
    ...(item["publishedSince"] === undefined ? {} : { publishedSince: timeOf(item, "publishedSince") }),
    distributions: distributions.map(({ M }) => distributionOf(M ?? unreadable("distributions", "list of maps"))),
  };
}

function publishedOf(item: Item): PublishedList {
  return {
    number: numberOf(item, "number"),
    thisUpdate: timeOf(item, "thisUpdate"),
    nextUpdate: timeOf(item, "nextUpdate"),
    contentSha256: textOf(item, "contentSha256"),
    octets: numberOf(item, "octets"),
  };
}

function distributionOf(item: Item): Distribution {
  const count = numberOf(item, "shards");
  const shards = SHARD_COUNTS.find((one) => one === count) ?? unreadable("shards", SHARD_COUNTS.join(" | "));
  return { shards, url: textOf(item, "url") };
}
