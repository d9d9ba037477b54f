import { isIntentName } from "../../core/ledger/intent-name.ts";
import { stateOf, type IssuanceRecord, type IssuanceState } from "../../core/ledger/issuance-record.ts";
import { lastChangeOf } from "../../core/signing-request/retention.ts";
import type { Requester } from "../../core/ledger/object-ledger.ts";
import type { Page, PageRequest } from "../../core/ledger/page.ts";
import { SIGNED_STATES, type CertificateFilter } from "../../core/ledger/issuance-ledger.ts";
import { revokedCertificateOf, type RevokedPage } from "../../core/revocation/revocation-ledger.ts";
import { dayOf, isWanted } from "../certificate-filter.ts";
import { orderedPage, sortableTime } from "./ordered-page.ts";

export function requestPage(
  waiting: readonly IssuanceRecord[],
  state: IssuanceState | undefined,
  page: PageRequest,
): Page<IssuanceRecord> {
  const wanted = waiting.filter((record) => state === undefined || stateOf(record) === state);
  const isNewestFirst = state !== undefined && SIGNED_STATES.has(state);
  const byCreation = {
    list: ["requests", isNewestFirst ? "decided" : "waiting"],
    sortKey: ({ createdAt }: IssuanceRecord) => sortableTime(createdAt),
    id: ({ name }: IssuanceRecord) => name,
    isDescending: isNewestFirst,
  };
  return orderedPage(wanted, byCreation, page);
}

/** What was asked for through `createPending`; and what a token was issued natively. */
export function ownedPage(
  records: readonly IssuanceRecord[],
  askedNames: ReadonlySet<string>,
  { username, tokenId }: Requester,
  since: Date,
  page: PageRequest,
): Page<IssuanceRecord> {
  const isListed = ({ name, reservation, completion }: IssuanceRecord): boolean =>
    askedNames.has(name) && (reservation === undefined || !isIntentName(name))
      ? true
      : tokenId !== undefined && completion !== undefined;
  const isOwned = (record: IssuanceRecord): boolean =>
    record.tokenId === tokenId && (tokenId !== undefined || record.username === username) && isListed(record);
  const placeOf = ({ name, createdAt, reservation }: IssuanceRecord): Date =>
    isIntentName(name) ? (reservation?.at ?? createdAt) : createdAt;
  const newestFirstOfOne = {
    list: ["owned", tokenId ?? "", username],
    sortKey: (record: IssuanceRecord) => sortableTime(placeOf(record)),
    id: ({ name }: IssuanceRecord) => name,
    isDescending: true,
  };
  const owned = records.filter((record) => isOwned(record) && placeOf(record).getTime() >= since.getTime());
  return orderedPage(owned, newestFirstOfOne, page);
}

export function changePage(
  records: readonly IssuanceRecord[],
  since: Date,
  until: Date,
  page: PageRequest,
): Page<IssuanceRecord> {
  const oldestFirst = {
    list: ["changed"],
    sortKey: (record: IssuanceRecord) => sortableTime(lastChangeOf(record)),
    id: ({ name }: IssuanceRecord) => name,
  };
  const isWithin = (day: string): boolean => day >= dayOf(since) && day <= dayOf(until);
  const changed = records.filter((record) => !isIntentName(record.name) && isWithin(dayOf(lastChangeOf(record))));
  return orderedPage(changed, oldestFirst, page);
}

export function changesBetween(
  records: readonly IssuanceRecord[],
  after: Date,
  until: Date,
  limit: number,
): readonly IssuanceRecord[] {
  const changedAt = (record: IssuanceRecord): number => lastChangeOf(record).getTime();
  return records
    .filter((record) => !isIntentName(record.name))
    .filter((record) => changedAt(record) > after.getTime() && changedAt(record) <= until.getTime())
    .sort((one, other) => changedAt(one) - changedAt(other))
    .slice(0, limit);
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

/** All of them can be read here. */
export function revokedPage(
  records: readonly IssuanceRecord[],
  issuerId: string,
  page: PageRequest,
  since = new Date(0),
): RevokedPage {
  const endOf = ({ revocation, voidedAt }: IssuanceRecord): string =>
    [revocation?.at, voidedAt].flatMap((at) => (at === undefined ? [] : [sortableTime(at)])).sort()[0] ?? "";
  const oldestFirst = { list: ["revoked", issuerId], sortKey: endOf, id: ({ name }: IssuanceRecord) => name };
  const isOf = (record: IssuanceRecord): boolean =>
    record.reservation?.issuerId === issuerId && endOf(record) >= sortableTime(since);
  const revoked = records.filter((record) => isOf(record) && revokedCertificateOf(record) !== undefined);
  const { items, cursor } = orderedPage(revoked, oldestFirst, page);
  return { items: items.flatMap((record) => revokedCertificateOf(record) ?? []), unreadable: [], cursor };
}

function newestFirst(list: readonly string[]) {
  return {
    list,
    sortKey: ({ reservation }: IssuanceRecord) => (reservation === undefined ? "" : sortableTime(reservation.at)),
    id: ({ name }: IssuanceRecord) => name,
    isDescending: true,
  };
}
