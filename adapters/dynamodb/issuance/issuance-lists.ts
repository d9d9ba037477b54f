import { stateOf, type IssuanceRecord, type IssuanceState } from "../../../core/ledger/issuance-record.ts";
import type { Page, PageRequest } from "../../../core/ledger/page.ts";
import { SIGNED_STATES, type CertificateFilter } from "../../../core/ledger/issuance-ledger.ts";
import type { SerialNumber } from "../../../core/certificate/serial-number.ts";
import { serialNumberOctets } from "../../../core/certificate/serial-number.ts";
import { dayOf, isWanted } from "../../certificate-filter.ts";
import { bytes, text, textOf } from "../attribute.ts";
import { daysBetween, partitionOf, shardOf } from "./expiry-partition.ts";
import { namesByExpiry } from "./expiry-list.ts";
import { idsByTime, type TimeList } from "../index-list.ts";
import { DECIDED, issuanceOf, WAITING } from "./issuance-item.ts";
import type { DynamoDbTable } from "../table.ts";

/**
 * Requests that `createPending` recorded, oldest first; or those that an administrator approved and that are signed, newest
 * first. What policy approves by itself never waits and is in neither list.
 */
export async function listRequests(
  table: DynamoDbTable,
  state: IssuanceState | undefined,
  page: PageRequest,
): Promise<Page<IssuanceRecord>> {
  const isNewestFirst = state !== undefined && SIGNED_STATES.has(state);
  const partition = isNewestFirst ? DECIDED : WAITING;
  const { items: names, cursor } = await idsByTime(
    table,
    { kind: "issuances", indexName: "waiting", partition, isNewestFirst },
    page,
  );
  // The index lags: what no longer waits is left out by the item itself.
  const waiting = (await table.readMany(names)).filter((item) => item["w"]?.S === partition).map(issuanceOf);
  return { items: waiting.filter((record) => state === undefined || stateOf(record) === state), cursor };
}

export async function listCertificates(
  table: DynamoDbTable,
  filter: CertificateFilter,
  page: PageRequest,
): Promise<Page<IssuanceRecord>> {
  const list = timeListOf(filter);
  const { items: names, cursor } = await (list === undefined
    ? namesByExpiry(table, filter, page)
    : idsByTime(table, list, page));
  const records = (await table.readMany(names)).map(issuanceOf);
  return { items: records.filter((record) => isWanted(record, filter)), cursor };
}

/** The narrowest index: a node has a few certificates, a token a fleet's worth at most. */
function timeListOf({ nodeName, tokenId, reservedUntil }: CertificateFilter): TimeList | undefined {
  const list = { kind: "issuances", isNewestFirst: true } as const;
  if (nodeName !== undefined) return { ...list, indexName: "byNode", partition: nodeName, until: reservedUntil };
  return tokenId === undefined ? undefined : { ...list, indexName: "byToken", partition: tokenId };
}

const DAYS_AT_A_TIME = 25;

/**
 * Looks for the serial number on each day it can expire on: an index of its own would cost every certificate one more
 * write unit, and this is asked rarely. A certificate that is milliseconds old may not be found yet.
 */
export async function findBySerialNumber(
  table: DynamoDbTable,
  serialNumber: SerialNumber,
  filter: CertificateFilter,
): Promise<IssuanceRecord | undefined> {
  const days = daysBetween(dayOf(filter.expiresFrom), dayOf(filter.expiresUntil));
  for (let start = 0; start < days.length; start += DAYS_AT_A_TIME) {
    const answers = await Promise.all(
      days.slice(start, start + DAYS_AT_A_TIME).map((day) => nameBySerialNumber(table, serialNumber, day)),
    );
    const name = answers.find((answer) => answer !== undefined);
    if (name === undefined) continue;
    const item = await table.read(name);
    const record = item === undefined ? undefined : issuanceOf(item);
    return record !== undefined && isWanted(record, filter) ? record : undefined;
  }
  return undefined;
}

async function nameBySerialNumber(table: DynamoDbTable, serialNumber: SerialNumber, day: string) {
  const { items } = await table.query({
    indexName: "byExpiry",
    keyCondition: "#x = :partition AND #sn = :serialNumber",
    values: {
      ":partition": text(partitionOf(day, shardOf(serialNumber))),
      ":serialNumber": bytes(serialNumberOctets(serialNumber)),
    },
    limit: 1,
  });
  return items[0] === undefined ? undefined : textOf(items[0], "name");
}
