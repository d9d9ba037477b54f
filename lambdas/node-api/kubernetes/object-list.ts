import { isIntentName } from "../../../core/intent-name.ts";
import type { IssuanceRecord } from "../../../core/issuance-record.ts";
import type { CertificateFilter, Page, PageRequest } from "../../../core/ports.ts";
import { LONGEST_SIGHT_MS } from "../../../core/request-retention.ts";
import type { Caller } from "./caller.ts";
import type { KubernetesServices } from "./services.ts";
import { badRequest } from "./status.ts";

/**
 * What can be in sight, from the indexes there are: what this API made, then what was asked for at `/v1/certificates` and
 * waits, then the certificates issued there. Each record is in one of the three. No scan, and no index that a native
 * request would have to pay a write for; the price is that the third holds all living certificates, of which most are
 * long out of sight, so a page may be short, or empty, and still be continued.
 */
type Source = (
  services: KubernetesServices,
  caller: Caller,
  now: Date,
  page: PageRequest,
) => Promise<Page<IssuanceRecord>>;

const SOURCES: readonly Source[] = [
  (services, _, now, page) => createdHere(services, now, page),
  (services, _, __, page) => waitingNatively(services, page),
  issuedNatively,
];

/** A page stops after this many looks: an answer within a second, whatever the fleet's size. */
const MAX_LOOKS = 4;
/**
 * One page of what is wanted; `cursor` is of an earlier page of this list, or undefined to begin.
 */
export async function objectPage(
  services: KubernetesServices,
  caller: Caller,
  isWanted: (record: IssuanceRecord) => boolean,
  { limit, cursor }: PageRequest,
): Promise<Page<IssuanceRecord>> {
  const now = services.clock();
  let { source, inner } = positionOf(cursor);
  const items: IssuanceRecord[] = [];
  for (let look = 0; look < MAX_LOOKS && items.length < limit; look++) {
    const read = SOURCES[source];
    if (read === undefined) return { items, cursor: undefined };
    const page = await read(services, caller, now, { limit: limit - items.length, cursor: inner });
    items.push(...page.items.filter(isWanted));
    inner = page.cursor;
    if (inner === undefined) source++;
  }
  const isOver = SOURCES[source] === undefined;
  return { items, cursor: isOver ? undefined : `${source}:${inner ?? ""}` };
}

/** For a watch of all: the newest that this API made, and what waits. */
export async function objectsInMotion(services: KubernetesServices, limit: number): Promise<readonly IssuanceRecord[]> {
  const now = services.clock();
  const page = { limit, cursor: undefined };
  const [created, waiting] = await Promise.all([createdHere(services, now, page), waitingNatively(services, page)]);
  return [...created.items, ...waiting.items];
}

function positionOf(cursor: string | undefined): { source: number; inner: string | undefined } {
  if (cursor === undefined) return { source: 0, inner: undefined };
  const [, source, inner] = /^([0-2]):(.*)$/s.exec(cursor) ?? [];
  if (source === undefined) throw badRequest("continue key is not valid: it is none that this server gave");
  return { source: Number(source), inner: inner === "" ? undefined : inner };
}

function createdHere({ objects }: KubernetesServices, now: Date, page: PageRequest) {
  return objects.listCreated(new Date(now.getTime() - LONGEST_SIGHT_MS), now, page);
}

async function waitingNatively({ ledger }: KubernetesServices, page: PageRequest) {
  return nativeOnly(await ledger.listRequests(undefined, page));
}

/**
 * The narrowest index: a token's own, a node's own, or every living certificate. Of the last only the days are looked at
 * on which a certificate can expire that was issued within the hour: what is older is out of sight.
 */
async function issuedNatively(
  { ledger, policy }: KubernetesServices,
  { identity }: Caller,
  now: Date,
  page: PageRequest,
): Promise<Page<IssuanceRecord>> {
  const { token, certificate } = identity;
  const longestSeconds = Math.max(0, ...policy.rules.map(({ maxLifetimeSeconds }) => maxLifetimeSeconds));
  const filter: CertificateFilter = {
    expiresFrom: now,
    expiresUntil: new Date(now.getTime() + longestSeconds * 1000),
    ...(token === undefined ? {} : { tokenId: token.tokenId }),
    ...(certificate === undefined ? {} : { nodeName: certificate.nodeName }),
  };
  return nativeOnly(await ledger.listCertificates(filter, page));
}

function nativeOnly({ items, cursor }: Page<IssuanceRecord>): Page<IssuanceRecord> {
  return { items: items.filter(({ name }) => isIntentName(name)), cursor };
}
