import type { CertificateFilter, IssuanceLedger } from "../ledger/issuance-ledger.ts";
import { isComplete, type IssuanceRecord, type Revocation } from "../ledger/issuance-record.ts";
import { secondsSince, type NodeRecord } from "../ledger/node-record.ts";

export interface Replaced {
  /** The records of one name, revoked. */
  readonly nodes: readonly NodeRecord[];
  /** Of this signer only. */
  readonly signerName: string | undefined;
  /** Where an earlier call stopped. */
  readonly cursor: string | undefined;
  readonly revocation: Revocation;
}

const PAGE = 200;
/** Well within the time of a request (30 s at API Gateway), and of a person's patience. */
const SECONDS_AT_ONCE = 3;
/** The last day there is: what is wanted is all that has not expired. */
const END_OF_DAYS = new Date("9999-12-31T23:59:59Z");
/** How far the clocks of two functions may be apart, and longer than any attempt runs. */
const MARGIN_MS = 15 * 60 * 1000;

/**
 * Revokes the certificates that a name has replaced. Among them may lie any number of requests that were refused and
 * never signed: whoever holds an old certificate can make as many as the front door lets through. So it stops after some
 * seconds, and says where.
 *
 * @returns where to go on; undefined when all is done
 */
export async function revokeReplaced(
  {
    ledger,
    clock,
  }: { readonly ledger: Pick<IssuanceLedger, "listCertificates" | "revoke">; readonly clock: () => Date },
  { nodes, signerName, cursor: from, revocation }: Replaced,
): Promise<string | undefined> {
  const [first] = nodes;
  if (first === undefined) return undefined;
  const began = clock();
  const filter = { nodeName: first.nodeName, expiresFrom: began, expiresUntil: END_OF_DAYS, ...reservedUntil(nodes) };
  const isOpen = (record: IssuanceRecord): boolean =>
    (signerName === undefined || record.signerName === signerName) &&
    isComplete(record) &&
    record.revocation === undefined;
  let cursor = from;
  do {
    const page = await ledger.listCertificates(filter, { limit: PAGE, cursor });
    await Promise.all(page.items.filter(isOpen).map(({ name }) => ledger.revoke(name, revocation)));
    ({ cursor } = page);
  } while (cursor !== undefined && secondsSince(began, clock()) < SECONDS_AT_ONCE);
  return cursor;
}

/**
 * Once all records of a name were marked nothing of it can be signed: what was reserved after that was refused, and need
 * not be read.
 */
function reservedUntil(nodes: readonly NodeRecord[]): Pick<CertificateFilter, "reservedUntil"> {
  const marks = nodes.map(({ revocation }) => revocation?.at.getTime() ?? Number.POSITIVE_INFINITY);
  const last = Math.max(...marks);
  return Number.isFinite(last) ? { reservedUntil: new Date(last + MARGIN_MS) } : {};
}
