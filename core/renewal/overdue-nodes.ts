import { stateOf, type IssuanceRecord } from "../ledger/issuance-record.ts";
import { nodeKey } from "../ledger/node-record.ts";
import { overdueBounds, overdueRenewal, type OverdueRenewal } from "./overdue-renewal.ts";
import { LONGEST_LIFETIME_SECONDS } from "../policy/policy.ts";
import type { Page, PageRequest } from "../ledger/page.ts";
import type { IssuanceLedger } from "../ledger/issuance-ledger.ts";
import type { NodeStore } from "../ledger/node-store.ts";
import { renewalSpan } from "./window.ts";

export interface OverdueServices {
  readonly ledger: Pick<IssuanceLedger, "listCertificates" | "readMany">;
  readonly nodes: Pick<NodeStore, "readMany">;
}

/** Without `after`: no lower bound. */
export interface OverdueInterval {
  readonly after: Date | undefined;
  readonly until: Date;
}

const DAY_MS = 24 * 3600 * 1000;

/** How long after its end a certificate without a successor is still checked: over a long weekend. */
export const OVERDUE_KEPT_DAYS = 7;

/** No certificate is overdue with more days left. */
export const OVERDUE_AHEAD_DAYS = ((): number => {
  const longest = { notBefore: new Date(0), notAfter: new Date(LONGEST_LIFETIME_SECONDS * 1000) };
  return Math.ceil((longest.notAfter.getTime() - renewalSpan(longest, false).until.getTime()) / DAY_MS);
})();

/** One page of the nodes that are overdue now, by the day their certificates end. Reads `limit` certificates. */
export async function overdueNodes(
  services: OverdueServices,
  page: PageRequest,
  now: Date,
): Promise<Page<OverdueRenewal>> {
  const days = (count: number): Date => new Date(now.getTime() + count * DAY_MS);
  const filter = { expiresFrom: days(-OVERDUE_KEPT_DAYS), expiresUntil: days(OVERDUE_AHEAD_DAYS) };
  const { items, cursor } = await services.ledger.listCertificates(filter, page);
  return { items: await overdueAmong(services, items, { after: undefined, until: now }, now), cursor };
}

/**
 * The certificates that became overdue in an interval and still are. Reads only the nodes that can be overdue, which in
 * a healthy fleet are few.
 */
export async function overdueAmong(
  { ledger, nodes }: OverdueServices,
  records: readonly IssuanceRecord[],
  { after, until }: OverdueInterval,
  now: Date,
): Promise<OverdueRenewal[]> {
  const isWithin = (since: Date): boolean => since <= until && (after === undefined || since > after);
  const possible = records.filter((record) => {
    if (record.reservation === undefined || stateOf(record) !== "Issued") return false;
    const { earliest, latest } = overdueBounds(record.reservation);
    return earliest <= until && (after === undefined || latest > after);
  });
  if (possible.length === 0) return [];
  const holders = await nodes.readMany(possible.map(({ nodeName, signerName }) => nodeKey(nodeName, signerName)));
  const known = new Map(possible.map((record) => [record.name, record]));
  const others = [...holders.values()].flatMap(({ candidate }) => candidate?.intentName ?? []);
  const unknown = others.filter((name) => !known.has(name));
  const byName = unknown.length === 0 ? known : new Map([...known, ...(await ledger.readMany(unknown))]);
  return possible.flatMap((record) => {
    const node = holders.get(nodeKey(record.nodeName, record.signerName));
    const overdue = node && overdueRenewal(node, byName, now);
    return overdue?.slot.intentName === record.name && isWithin(overdue.since) ? [overdue] : [];
  });
}
