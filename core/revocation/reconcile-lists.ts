import { issuerOf, KEY_ELSEWHERE, type Authority, type Issuer, type TrustBundle } from "../authority/authority.ts";
import type { AuthorityPlan } from "../authority/plan.ts";
import { parseCertificate } from "../certificate/certificate.ts";
import { publishRevocationList, type ListContent, type ListServices } from "./publish-list.ts";
import type { AuthorityStore } from "../authority/authority-store.ts";
import type { PageRequest } from "../ledger/page.ts";
import { RefusalError } from "../refusal.ts";
import type { RevocationLedger, RevokedCertificate } from "./revocation-ledger.ts";
import type { RevocationListPlan } from "../authority/revocation-list-plan.ts";
import type { Distribution, RevocationListRecord } from "./list-store.ts";
import { revocationListUrl, shardsOf, WHOLE } from "../authority/revocation-shard.ts";
import { isSerialNumber } from "../certificate/serial-number.ts";

export interface ListReconciliationServices extends ListServices {
  readonly authorities: Pick<AuthorityStore, "read">;
  readonly ledger: RevocationLedger;
  readonly failed: (error: unknown) => void;
}

/**
 * Signs every list that is due, of each CA that has its key here and is not retired: of a prepared one too, so that
 * whoever must hold a list of every CA in a chain has it before the first certificate comes. What goes wrong with one list
 * is told and stops no other.
 *
 * @throws Error once all is done, when lists or records that belong on them could not be dealt with: that is how somebody
 * is told who can mend it
 */
export async function publishRevocationLists(
  services: ListReconciliationServices,
  plan: Pick<AuthorityPlan, "revocationLists">,
  bundle: TrustBundle,
): Promise<void> {
  const { revocationLists } = plan;
  if (revocationLists === undefined) return;
  let faults = 0;
  for (const authority of bundle.authorities.filter(({ state }) => state !== "retired"))
    faults += await guarded(services, authority.id, () => publishListsOf(services, revocationLists, bundle, authority));
  if (faults > 0) throw new Error(`revocation lists lack ${faults} of what they should have; see the lines above`);
}

async function guarded(
  { audit, failed }: ListReconciliationServices,
  authorityId: string,
  act: () => Promise<number>,
): Promise<number> {
  try {
    return await act();
  } catch (error) {
    failed(error);
    const refusal = error instanceof RefusalError ? { refusalCode: error.code } : {};
    audit({ event: "revocation_list_failed", authorityId, ...refusal });
    return 1;
  }
}

async function publishListsOf(
  services: ListReconciliationServices,
  plan: RevocationListPlan,
  bundle: TrustBundle,
  authority: Authority,
): Promise<number> {
  const issuer = issuerOf(authority);
  // After its end no certificate of it is valid, and no list of it either.
  if (authority.keyArn === KEY_ELSEWHERE || services.clock() >= issuer.notAfter) return 0;
  const lists = await knownLists(services, plan, authority.id);
  const { certificates: revokedHere, unreadable } = await revokedBy(services, authority.id);
  // The bundle too may have become another since.
  const revoked = [...retiredBelow((await services.authorities.read()) ?? bundle, issuer), ...revokedHere];
  let faults = unreadable;
  for (const { shard, distributionPoints, record } of lists)
    faults += await guarded(services, authority.id, async () => {
      const certificates = revoked.filter(({ serialNumber }) => serialNumber.startsWith(shard));
      await publishRevocationList(services, plan, { issuer, shard, certificates, distributionPoints }, await record);
      return 0;
    });
  return faults;
}

/** An operator's override about a CA (`nodeseal ca retire`) is final, and the list of the CA above it says so to others. */
function retiredBelow({ authorities }: TrustBundle, issuer: Issuer): readonly RevokedCertificate[] {
  return authorities.flatMap(({ id, state, stateSince, certificate }) => {
    const { serialNumber, issuerName, notAfter } = parseCertificate(certificate);
    const isBelow = id !== issuer.id && Buffer.compare(issuerName, issuer.subjectName) === 0;
    if (state !== "retired" || stateSince === undefined || !isBelow || !isSerialNumber(serialNumber)) return [];
    return [{ serialNumber, notAfter, revokedAt: stateSince, reason: "cessationOfOperation" as const }];
  });
}

const PAGE = 1000;

async function revokedBy(
  { ledger, audit }: ListReconciliationServices,
  authorityId: string,
): Promise<{ readonly certificates: readonly RevokedCertificate[]; readonly unreadable: number }> {
  // By serial number: an index that is read while it is written may show a row twice.
  const revoked = new Map<string, RevokedCertificate>();
  const unreadable: string[] = [];
  let cursor: PageRequest["cursor"];
  do {
    const page = await ledger.listRevoked(authorityId, { limit: PAGE, cursor });
    for (const one of page.items) revoked.set(one.serialNumber, one);
    unreadable.push(...page.unreadable);
    cursor = page.cursor;
  } while (cursor !== undefined);
  // One line however many there are: the first is where to look.
  const [name] = unreadable;
  if (name !== undefined)
    audit({ event: "revocation_unreadable", authorityId, name, unreadableRecords: unreadable.length });
  return { certificates: [...revoked.values()], unreadable: unreadable.length };
}

interface KnownList extends Pick<ListContent, "shard" | "distributionPoints"> {
  readonly record: Promise<RevocationListRecord>;
}

/**
 * All lists of a CA, with their records as they are before it is read what is revoked: what another reconciliation publishes after
 * that may say more than this one knows, and must make this one's write fail.
 */
async function knownLists(
  services: ListReconciliationServices,
  plan: RevocationListPlan,
  authorityId: string,
): Promise<readonly KnownList[]> {
  const whole = await withDistribution(services, plan, authorityId);
  const shards = [...shardUrls(authorityId, whole.distributions)].map(([shard, distributionPoints]) => ({
    ...{ shard, distributionPoints },
    record: services.lists.read({ authorityId, shard }),
  }));
  // One that cannot be read fails when its list's turn comes, and holds up no other.
  await Promise.allSettled(shards.map(({ record }) => record));
  return [{ shard: WHOLE, distributionPoints: [], record: Promise.resolve(whole) }, ...shards];
}

/** The record of the whole list, on which every way of distribution stays that certificates were ever issued for. */
async function withDistribution(
  { lists }: ListReconciliationServices,
  { shards, url }: RevocationListPlan,
  authorityId: string,
): Promise<RevocationListRecord> {
  const list = { authorityId, shard: WHOLE };
  const record = await lists.read(list);
  const isKnown = record.distributions.some((one) => one.shards === shards && one.url === url);
  if (shards === 1 || url === undefined || isKnown) return record;
  const next = { ...record, distributions: [{ shards, url }, ...record.distributions] };
  if (!(await lists.write(list, next)))
    throw new Error(`the list of ${authorityId} was written by another reconciliation`);
  return { ...next, version: next.version + 1 };
}

/** Each shard with all addresses that it ever had. */
function shardUrls(authorityId: string, distributions: readonly Distribution[]): ReadonlyMap<string, string[]> {
  const urls = new Map<string, string[]>();
  for (const { shards, url } of distributions)
    for (const shard of shardsOf(shards))
      urls.set(shard, [...(urls.get(shard) ?? []), revocationListUrl(url, { authorityId, shard })]);
  return urls;
}
