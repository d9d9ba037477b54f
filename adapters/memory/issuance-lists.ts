import { isIntentName } from "../../core/intent-name.ts";
import { stateOf, type IssuanceRecord, type IssuanceState } from "../../core/issuance-record.ts";
import type { CertificateFilter, Page, PageRequest } from "../../core/ports.ts";
import { dayOf, isWanted } from "../certificate-filter.ts";
import { orderedPage, sortableTime } from "./ordered-page.ts";

export function requestPage(
  waiting: readonly IssuanceRecord[],
  state: IssuanceState | undefined,
  page: PageRequest,
): Page<IssuanceRecord> {
  const wanted = waiting.filter((record) => state === undefined || stateOf(record) === state);
  const oldestFirst = {
    list: ["requests"],
    sortKey: ({ createdAt }: IssuanceRecord) => sortableTime(createdAt),
    id: ({ name }: IssuanceRecord) => name,
  };
  return orderedPage(wanted, oldestFirst, page);
}

export function creationPage(
  records: readonly IssuanceRecord[],
  since: Date,
  until: Date,
  page: PageRequest,
): Page<IssuanceRecord> {
  const newestFirst = {
    list: ["created"],
    sortKey: ({ createdAt }: IssuanceRecord) => sortableTime(createdAt),
    id: ({ name }: IssuanceRecord) => name,
    isDescending: true,
  };
  return orderedPage(
    records.filter(
      ({ name, createdAt }) =>
        !isIntentName(name) && dayOf(createdAt) >= dayOf(since) && dayOf(createdAt) <= dayOf(until),
    ),
    newestFirst,
    page,
  );
}

export function certificatePage(
  records: readonly IssuanceRecord[],
  filter: CertificateFilter,
  page: PageRequest,
): Page<IssuanceRecord> {
  const wanted = records.filter((record) => isWanted(record, filter));
  const { nodeName, tokenId } = filter;
  if (nodeName !== undefined) return orderedPage(wanted, newestFirst(["node", nodeName]), page);
  if (tokenId !== undefined) return orderedPage(wanted, newestFirst(["token", tokenId]), page);
  const byExpiry = {
    list: ["expiry"],
    sortKey: ({ reservation }: IssuanceRecord) =>
      reservation === undefined ? "" : `${dayOf(reservation.notAfter)} ${reservation.serialNumber}`,
    id: ({ name }: IssuanceRecord) => name,
  };
  return orderedPage(wanted, byExpiry, page);
}

function newestFirst(list: readonly string[]) {
  return {
    list,
    sortKey: ({ reservation }: IssuanceRecord) => (reservation === undefined ? "" : sortableTime(reservation.at)),
    id: ({ name }: IssuanceRecord) => name,
    isDescending: true,
  };
}
