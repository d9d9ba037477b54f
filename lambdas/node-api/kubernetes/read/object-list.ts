import { isIntentName } from "../../../../core/ledger/intent-name.ts";
import type { IssuanceRecord } from "../../../../core/ledger/issuance-record.ts";
import type { Page, PageRequest } from "../../../../core/ledger/page.ts";
import { LONGEST_SIGHT_MS, OLDEST_IN_SIGHT_MS } from "../../../../core/signing-request/retention.ts";
import type { Caller } from "../caller/caller.ts";
import { ownPage } from "./own-requests.ts";
import type { KubernetesServices } from "../protocol/services.ts";
import { badRequest } from "../protocol/status.ts";

/**
 * What an administrator can see, from the indexes there are: what this API made, then what was asked for at
 * `/v1/certificates` and waits, then the certificates issued there. Each record is in one of the three. No scan, and no
 * index that a native request would have to pay a write for; the price is that the third holds all living certificates, of
 * which most are long out of sight, so a page may be short, or empty, and still be continued.
 */
type Source = (services: KubernetesServices, now: Date, page: PageRequest) => Promise<Page<IssuanceRecord>>;

const SOURCES: readonly Source[] = [
  createdHere,
  (services, _, page) => waitingNatively(services, page),
  issuedNatively,
];

/** A page stops after this many looks of this size: an answer within a second, whatever the fleet's size. */
const MAX_PAGES_READ = 20;
const PAGE_READ_SIZE = 100;
/**
 * Lambda's answers are at most 6 MB, and one look more is at most two: objects have 16 KiB of annotations, whoever made
 * them.
 */
const MAX_PAGE_BYTES = 3_000_000;
/** Of an object in JSON, without its labels and annotations. */
const OBJECT_BYTES = 5_000;

/**
 * One page of what is wanted; `cursor` is of an earlier page of this list, or undefined to begin. Whoever is no
 * administrator gets a page of its own rows, and reads no other: what it costs, how long it takes and where it goes on
 * then say nothing of others' requests.
 */
export async function objectPage(
  services: KubernetesServices,
  isWanted: (record: IssuanceRecord) => boolean,
  caller: Caller,
  page: PageRequest,
): Promise<Page<IssuanceRecord>> {
  if (caller.kind === "administrator") return pageOfAll(services, isWanted, page);
  const since = new Date(services.clock().getTime() - OLDEST_IN_SIGHT_MS);
  const { items, cursor } = await ownPage(services, caller, since, page);
  return { items: items.filter(isWanted), cursor };
}

async function pageOfAll(
  services: KubernetesServices,
  isWanted: (record: IssuanceRecord) => boolean,
  { limit, cursor }: PageRequest,
): Promise<Page<IssuanceRecord>> {
  const now = services.clock();
  let { source, inner } = positionOf(cursor);
  const items: IssuanceRecord[] = [];
  for (let look = 0; look < MAX_PAGES_READ && items.length < limit && bytesOf(items) < MAX_PAGE_BYTES; look++) {
    const read = SOURCES[source];
    if (read === undefined) return { items, cursor: undefined };
    const page = await read(services, now, {
      limit: Math.min(PAGE_READ_SIZE, limit - items.length),
      cursor: inner,
    });
    items.push(...page.items.filter(isWanted));
    inner = page.cursor;
    if (inner === undefined) source++;
  }
  const isOver = SOURCES[source] === undefined;
  return { items, cursor: isOver ? undefined : `${source}:${inner ?? ""}` };
}

function bytesOf(records: readonly IssuanceRecord[]): number {
  const descriptions = records.flatMap(({ metadata }) =>
    metadata === undefined ? [] : JSON.stringify(metadata).length,
  );
  return descriptions.reduce((total, bytes) => total + bytes, records.length * OBJECT_BYTES);
}

function positionOf(cursor: string | undefined): { source: number; inner: string | undefined } {
  if (cursor === undefined) return { source: 0, inner: undefined };
  const [, source, inner] = /^([0-2]):(.*)$/s.exec(cursor) ?? [];
  if (source === undefined) throw badRequest("continue key is not valid: it is none that this server gave");
  return { source: Number(source), inner: inner === "" ? undefined : inner };
}

/** What changes while it is listed may be given twice. */
function createdHere({ objects }: KubernetesServices, now: Date, page: PageRequest) {
  return objects.listChanged(new Date(now.getTime() - LONGEST_SIGHT_MS), now, page);
}

export async function waitingNatively({ ledger }: KubernetesServices, page: PageRequest) {
  return nativeOnly(await ledger.listRequests(undefined, page));
}

/**
 * Of every living certificate only the days are looked at on which one can expire that was issued within the hour: what is
 * older is out of sight.
 */
async function issuedNatively(
  { ledger, policy }: KubernetesServices,
  now: Date,
  page: PageRequest,
): Promise<Page<IssuanceRecord>> {
  const longestSeconds = Math.max(0, ...policy.rules.map(({ maxLifetimeSeconds }) => maxLifetimeSeconds));
  const until = new Date(now.getTime() + longestSeconds * 1000);
  return nativeOnly(await ledger.listCertificates({ expiresFrom: now, expiresUntil: until }, page));
}

function nativeOnly({ items, cursor }: Page<IssuanceRecord>): Page<IssuanceRecord> {
  return { items: items.filter(({ name }) => isIntentName(name)), cursor };
}
