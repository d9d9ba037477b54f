import type { TrustBundle } from "../authority/authority.ts";
import { WHOLE } from "../authority/revocation-shard.ts";
import type { PageRequest } from "../ledger/page.ts";
import { isSerialNumber } from "../certificate/serial-number.ts";
import { entriesOf, type ListEntries } from "../revocation/list-entries.ts";
import type { RevocationLists } from "../revocation/list-directory.ts";
import type { RevocationLedger } from "../revocation/revocation-ledger.ts";
import type { CertificateStatus } from "./ocsp-response.ts";

/** What is known of one CA's certificates at a moment. */
export interface StatusSnapshot {
  /** As things were at this time. */
  readonly at: Date;
  statusOf(serialNumber: string): CertificateStatus;
}

export interface StatusServices {
  readonly revocationLists: RevocationLists;
  readonly ledger: Pick<RevocationLedger, "listRevoked">;
  readonly clock: () => Date;
}

/** Without lists nothing is known of a CA; with one that has ended, or too much revoked since, nothing for the moment. */
export type StatusDirectory = (
  bundle: TrustBundle,
  authorityId: string,
) => Promise<StatusSnapshot | "no list" | "not now">;

/** A revocation is answered within this time. */
const MAX_AGE_SECONDS = 30;

/** A list is made from an index that may lag, and published some time after it was read. */
const OVERLAP_SECONDS = 900;

const PAGE = 1000;
/** More revocations since the last list are for the next one, a few minutes later. */
const MOST_PAGES = 10;

/**
 * The published list, and what was revoked since: two or three reads twice a minute, and none for a question. What is not
 * on either is good: RFC 6960 section 2.2 asks for no more, and whether a certificate was ever issued is looked for where it
 * is used (`certificate_unknown`).
 */
export function cachedStatus({ revocationLists, ledger, clock }: StatusServices): StatusDirectory {
  const snapshots = new Map<string, StatusSnapshot>();
  const lists = new Map<string, { readonly number: number; readonly entries: ListEntries }>();
  return async (bundle, authorityId) => {
    const now = clock();
    const known = snapshots.get(authorityId);
    const ageMs = now.getTime() - (known?.at.getTime() ?? 0);
    if (known !== undefined && ageMs >= 0 && ageMs < MAX_AGE_SECONDS * 1000) return known;
    const list = await revocationLists(bundle, { authorityId, shard: WHOLE });
    if (list === undefined) return "no list";
    if (list.published.nextUpdate <= now) return "not now";
    const { number, thisUpdate } = list.published;
    const base = lists.get(authorityId);
    const entries = base?.number === number ? base.entries : entriesOf(list.der);
    lists.set(authorityId, { number, entries });
    const later = await revokedSince(ledger, authorityId, new Date(thisUpdate.getTime() - OVERLAP_SECONDS * 1000));
    if (later === undefined) return "not now";
    const snapshot = { at: now, statusOf: (serialNumber: string) => statusIn([later, entries], serialNumber) };
    snapshots.set(authorityId, snapshot);
    return snapshot;
  };
}

async function revokedSince(
  ledger: Pick<RevocationLedger, "listRevoked">,
  authorityId: string,
  since: Date,
): Promise<ListEntries | undefined> {
  const entries = new Map<string, { revokedAt: Date; reason: CertificateReason }>();
  let cursor: PageRequest["cursor"];
  for (let page = 0; page < MOST_PAGES; page++) {
    const found = await ledger.listRevoked(authorityId, { limit: PAGE, cursor }, since);
    for (const { serialNumber, revokedAt, reason } of found.items) entries.set(serialNumber, { revokedAt, reason });
    cursor = found.cursor;
    if (cursor === undefined) return entries;
  }
  return undefined;
}

type CertificateReason = Extract<CertificateStatus, { status: "revoked" }>["reason"];

function statusIn(sources: readonly ListEntries[], serialNumber: string): CertificateStatus {
  for (const entries of sources) {
    const entry = entries.get(serialNumber);
    if (entry !== undefined) return { status: "revoked", ...entry };
  }
  // No certificate of ours has another form of number.
  return isSerialNumber(serialNumber) ? { status: "good" } : { status: "unknown" };
}
