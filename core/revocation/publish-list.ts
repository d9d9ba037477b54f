import { createHash } from "node:crypto";
import type { Audit } from "../audit/audit-event.ts";
import type { Issuer } from "../authority/authority.ts";
import type { Signer } from "../keys/signer.ts";
import { inspectCertList, inspectSignedList } from "../inspection/inspection.ts";
import { buildTbsCertList } from "./revocation-list.ts";
import { fittingEntries } from "./list-fit.ts";
import type { RevokedCertificate } from "./revocation-ledger.ts";
import type { RevocationListPlan } from "../authority/revocation-list-plan.ts";
import type { PublishedList, RevocationListRecord, RevocationListStore } from "./list-store.ts";
import { WHOLE } from "../authority/revocation-shard.ts";
import { isValidSignature, LONGEST_WHOLE_MESSAGE_BYTES } from "../keys/signature-algorithm.ts";
import { assembleCertificate } from "../certificate/tbs-certificate.ts";

export interface ListServices {
  readonly lists: RevocationListStore;
  readonly signer: Signer;
  readonly clock: () => Date;
  readonly audit: Audit;
}

export interface ListContent {
  readonly issuer: Issuer;
  readonly shard: string;
  readonly certificates: readonly RevokedCertificate[];
  readonly distributionPoints: readonly string[];
}

/** Of what a key signs, or can be served, operators' revocations may take so much before somebody is told. */
const WARNING_SHARE = 0.7;
/** What a list has besides entries, its issuer's name and its addresses, at most 144: with an RSA key's algorithm and long lengths. */
const FRAME_OCTETS = 160;
/** Of an address its tag and length. */
const ADDRESS_OCTETS = 4;

/** Lambda answers with 6 MB at most (6,291,556 octets), and these go in base64. */
const MOST_OCTETS = 4_600_000;

/**
 * Signs and publishes a list if one is due: something was revoked that the last does not say, or half of its life is over.
 *
 * Its number is on record before the key is asked, and never used again: what was signed and not published is no list that
 * anybody sees. Whoever finds the record changed by another reconciliation stops there, so that no older list takes a newer one's place.
 *
 * @param record as it was before it was looked up what is revoked
 * @throws Error when another reconciliation came between, the list is too long or not read as planned, or its signature does not verify
 */
export async function publishRevocationList(
  services: ListServices,
  { lifetimeSeconds }: RevocationListPlan,
  content: ListContent,
  record: RevocationListRecord,
): Promise<void> {
  const { lists, signer, audit } = services;
  const { issuer, shard, distributionPoints } = content;
  const list = { authorityId: issuer.id, shard };
  const now = services.clock();
  const lifetimeMs = lifetimeSeconds * 1000;
  const wanted = content.certificates.filter((one) => mustBeListed(one, record.published, now, lifetimeMs));
  const { entries, omitted, share } = fittingEntries(wanted, roomFor(content));
  const contentSha256 = digestOf(entries, distributionPoints);
  if (!isDue(record.published, contentSha256, now, lifetimeMs)) return;

  const thisUpdate = new Date(Math.floor(now.getTime() / 1000) * 1000);
  const nextUpdate = new Date(thisUpdate.getTime() + lifetimeMs);
  // Seconds, so that numbers grow on where the table was restored from a backup, and the last ones are not in it.
  const number = Math.max(record.number + 1, thisUpdate.getTime() / 1000);
  const fields = { number, thisUpdate, nextUpdate, entries, distributionPoints };
  const tbs = buildTbsCertList(issuer, fields);
  if (tbs.length > mostOctets(issuer))
    throw new Error(
      `a list of ${entries.length} certificates of ${issuer.id}, all revoked by operators, is longer than its key signs, or than can be served: divide it among more lists (revocationLists.shards), or prepare a CA with another kind of key`,
    );

  await inspectCertList(services, issuer.id, tbs, issuer, fields);

  // 1. The number. A crash after this leaves a number that no list has.
  await written(lists, list, { ...record, number });
  const eventFields = { authorityId: issuer.id, ...(shard === WHOLE ? {} : { shard }), listNumber: number };
  audit({ event: "revocation_list_reserved", ...eventFields });
  // Before it is signed: a crash tells it once more.
  if (omitted > 0) audit({ event: "revocation_list_shortened", ...eventFields, omittedCertificates: omitted });
  if (share >= WARNING_SHARE)
    audit({ event: "revocation_list_filling", ...eventFields, percentFull: Math.floor(share * 100) });

  // 2. Sign, and check. A crash leaves a list that nobody holds.
  const { octets: signature } = await signer.sign(issuer.keyArn, issuer.signatureAlgorithm, tbs);
  if (!isValidSignature(issuer.signatureAlgorithm, tbs, issuer.publicKey, signature))
    throw new Error(`the key ${issuer.keyArn} returned a signature over list ${number} that does not verify`);
  const der = assembleCertificate(tbs, issuer.signatureAlgorithm, signature);
  await inspectSignedList(services, issuer.id, der, tbs, issuer.certificate.spki);

  // 3. The list, under its number. A crash leaves what nothing points to; it is deleted by its time.
  const published: PublishedList = { number, thisUpdate, nextUpdate, contentSha256, octets: der.length };
  await lists.store(list, published, der);

  // 4. From here on it is what everybody is given.
  const publishedSince = record.publishedSince ?? record.published?.thisUpdate ?? now;
  await written(lists, list, { ...record, version: record.version + 1, number, published, publishedSince });
  audit({
    event: "revocation_list_published",
    ...eventFields,
    revokedCertificates: entries.length,
    nextUpdate: nextUpdate.toISOString(),
  });
}

function mostOctets({ signatureAlgorithm }: Issuer): number {
  return signatureAlgorithm.hash === undefined ? LONGEST_WHOLE_MESSAGE_BYTES : MOST_OCTETS;
}

/** What is left for entries of the octets that its key signs, or that can be served. */
function roomFor({ issuer, distributionPoints }: ListContent): number {
  const addresses = distributionPoints.map((url) => Buffer.byteLength(url) + ADDRESS_OCTETS);
  const octets = addresses.reduce((sum, one) => sum + one, 0);
  return mostOctets(issuer) - FRAME_OCTETS - issuer.subjectName.length - octets;
}

/**
 * RFC 5280 section 3.3: until it was on a list that was issued after the certificate's end. A list's lifetime beyond the end
 * one was, if reconciliations were made; where they were not, the last list says so.
 */
function mustBeListed(
  { notAfter }: RevokedCertificate,
  published: PublishedList | undefined,
  now: Date,
  lifetimeMs: number,
): boolean {
  if (now.getTime() < notAfter.getTime() + lifetimeMs) return true;
  return published !== undefined && published.thisUpdate <= notAfter;
}

function isDue(published: PublishedList | undefined, contentSha256: string, now: Date, lifetimeMs: number): boolean {
  if (published?.contentSha256 !== contentSha256) return true;
  const { thisUpdate, nextUpdate } = published;
  const half = (nextUpdate.getTime() - thisUpdate.getTime()) / 2;
  // A deployment may want shorter lives from now on.
  return now.getTime() >= thisUpdate.getTime() + Math.min(half, lifetimeMs / 2);
}

function digestOf(entries: readonly RevokedCertificate[], distributionPoints: readonly string[]): string {
  const lines = entries.map(
    ({ serialNumber, revokedAt, reason }) => `${serialNumber} ${revokedAt.getTime()} ${reason}`,
  );
  return createHash("sha256")
    .update(JSON.stringify([distributionPoints, lines.sort()]))
    .digest("hex");
}

async function written(
  lists: RevocationListStore,
  list: Parameters<RevocationListStore["write"]>[0],
  record: RevocationListRecord,
): Promise<void> {
  if (await lists.write(list, record)) return;
  throw new Error(`the record of a list of ${list.authorityId} was written by another reconciliation`);
}
