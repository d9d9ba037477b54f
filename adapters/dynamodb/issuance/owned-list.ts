import { isIntentName } from "../../../core/ledger/intent-name.ts";
import type { IssuanceRecord } from "../../../core/ledger/issuance-record.ts";
import type { Requester } from "../../../core/ledger/object-ledger.ts";
import type { Page, PageRequest } from "../../../core/ledger/page.ts";
import { optionalOf, text, textOf, time, type Item } from "../attribute.ts";
import { idsByTime } from "../index-list.ts";
import type { DynamoDbTable } from "../table.ts";

/** No token's id begins so: what follows is a user name. */
const USERNAME = "~";

/** The partition of byToken that a requester's own requests are in. */
function partitionOf({ username, tokenId }: Requester): string {
  return tokenId ?? USERNAME + username;
}

/**
 * The keys of byToken for a request before it is signed. Its node's name is kept apart until then: the requester chose it,
 * and could otherwise fill the list of another's node.
 */
export function askedAttributes(record: IssuanceRecord): Item {
  return { t: text(partitionOf(record)), ra: time(record.createdAt), ...heldNodeName(record) };
}

function heldNodeName({ nodeName }: IssuanceRecord): Item {
  return { nn: text(nodeName) };
}

/** An object keeps its place in its requester's list for good; a native request has another one as a certificate. */
export function placeAtReservation(record: IssuanceRecord, reservedAt: Date) {
  return isIntentName(record.name)
    ? { attributes: { n: text(record.nodeName) }, removals: ["ra", "nn"], keeps: [] }
    : { attributes: { ...heldNodeName(record), rs: time(reservedAt) }, removals: [], keeps: ["t"] };
}

/** What the completion of each adds to an update: its place among the certificates, from what the reservation prepared. */
export function placeAtCompletion(name: string) {
  return isIntentName(name)
    ? { assignments: "#ra = #ix.#ra, #x = #ix.#x, #deleteAt = #ix.#d", removals: "#ix" }
    : {
        assignments: "#ra = if_not_exists(#ra, #ix.#ra), #n = #nn, #x = #ix.#x, #deleteAt = #ix.#d",
        removals: "#ix, #nn",
      };
}

export function tokenIdOf(item: Item): string | undefined {
  const partition = optionalOf(item, "t", textOf);
  return partition?.startsWith(USERNAME) === true ? undefined : partition;
}

/** @throws RefusalError `malformed_request` when the cursor is not of this list */
export async function namesByRequester(
  table: DynamoDbTable,
  requester: Requester,
  since: Date,
  page: PageRequest,
): Promise<Page<string>> {
  const list = { kind: "issuances", indexName: "byToken", isNewestFirst: true } as const;
  return idsByTime(table, { ...list, partition: partitionOf(requester), since }, page);
}
