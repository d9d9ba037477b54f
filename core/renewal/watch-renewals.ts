import type { Audit } from "../audit/audit-event.ts";
import { OVERDUE_AHEAD_DAYS, OVERDUE_KEPT_DAYS, overdueAmong, type OverdueServices } from "./overdue-nodes.ts";
import type { OverdueRenewal } from "./overdue-renewal.ts";
import { afterVisit, nextVisit, type DayVisit, type RenewalWatch, type RenewalWatchStore } from "./watch-progress.ts";

export interface WatchServices extends OverdueServices {
  readonly watches: RenewalWatchStore;
  readonly audit: Audit;
  readonly clock: () => Date;
}

export interface WatchLimits {
  /** How many pages of a thousand certificates one reconciliation reads at most: the next goes on. */
  readonly mostPages: number;
  /** No day's list is gone through more often. */
  readonly leastIntervalSeconds: number;
}

/** A hundred thousand certificates a reconciliation, which takes some ten seconds. */
export const DEFAULT_WATCH_LIMITS: WatchLimits = { mostPages: 100, leastIntervalSeconds: 3600 };

const PAGE = 1000;
/** A reconciliation tells of so many nodes by name; after a long outage it may be all of a fleet. */
const MOST_NAMED = 100;

/**
 * Looks for nodes that have stopped renewing, and tells of each once for each certificate: when it comes to be overdue. A
 * crash between telling and writing tells again.
 *
 * @throws Error when somebody else wrote meanwhile, or a store fails: the next reconciliation begins where this one did
 */
export async function watchRenewals(services: WatchServices, limits: WatchLimits): Promise<void> {
  const stored = await services.watches.read();
  let watch: RenewalWatch = stored;
  const found: OverdueRenewal[] = [];
  for (let pages = 0; pages < limits.mostPages; pages++) {
    const visit = nextVisit(watch, watchedDays(limits), services.clock());
    if (visit === undefined) break;
    const page = await pageOf(services, watch, visit);
    found.push(...page.overdue);
    watch =
      page.cursor === undefined
        ? afterVisit(watch, visit)
        : { ...watch, unfinished: { day: visit.day, until: visit.until, cursor: page.cursor } };
  }
  tell(services.audit, found);
  if (watch !== stored && !(await services.watches.write(watch)))
    throw new Error("the watch over renewals was written by somebody else");
}

function watchedDays({ leastIntervalSeconds }: WatchLimits) {
  return { ahead: OVERDUE_AHEAD_DAYS, behind: OVERDUE_KEPT_DAYS, leastIntervalSeconds };
}

async function pageOf(services: WatchServices, { lookedUntil, unfinished }: RenewalWatch, { day, until }: DayVisit) {
  const date = new Date(day);
  const filter = { expiresFrom: date, expiresUntil: date };
  const { items, cursor } = await services.ledger.listCertificates(filter, {
    limit: PAGE,
    cursor: unfinished?.cursor,
  });
  const interval = { after: lookedUntil.get(day), until };
  return { overdue: await overdueAmong(services, items, interval, services.clock()), cursor };
}

function tell(audit: Audit, found: readonly OverdueRenewal[]): void {
  if (found.length === 0) return;
  for (const { node, slot, since } of found.slice(0, MOST_NAMED)) {
    audit({
      event: "node_overdue",
      nodeName: node.nodeName,
      signerName: node.signerName,
      name: slot.intentName,
      serialNumber: slot.serialNumber,
      notAfter: slot.notAfter.toISOString(),
      overdueSince: since.toISOString(),
      ...(node.lastSeenAt === undefined ? {} : { lastSeenAt: node.lastSeenAt.toISOString() }),
      ...(node.agent?.version === undefined ? {} : { agentVersion: node.agent.version }),
    });
  }
  audit({ event: "nodes_overdue", nodeCount: found.length });
}
