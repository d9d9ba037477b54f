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
  /** How many pages of a thousand certificates one reconciliation reads at most. The next one continues. */
  readonly mostPages: number;
  /** No day's list is checked more often. */
  readonly leastIntervalSeconds: number;
}

/** A hundred thousand certificates in one reconciliation, which takes about ten seconds. */
export const DEFAULT_WATCH_LIMITS: WatchLimits = { mostPages: 100, leastIntervalSeconds: 3600 };

const PAGE = 1000;
/** How many nodes a reconciliation reports by name. After a long outage a whole fleet may be overdue. */
const MOST_NAMED = 100;

/**
 * Finds nodes that have stopped renewing. Reports each once for each certificate, when it becomes overdue. A crash
 * between reporting and writing reports them again.
 *
 * @throws Error when another run wrote meanwhile, or a store fails: the next reconciliation starts where this one did
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
  report(services.audit, found);
  if (watch !== stored && !(await services.watches.write(watch)))
    throw new Error("the watch over renewals was written by another run meanwhile");
}

function watchedDays({ leastIntervalSeconds }: WatchLimits) {
  return { ahead: OVERDUE_AHEAD_DAYS, behind: OVERDUE_KEPT_DAYS, leastIntervalSeconds };
}

async function pageOf(services: WatchServices, { checkedUntil, unfinished }: RenewalWatch, { day, until }: DayVisit) {
  const date = new Date(day);
  const filter = { expiresFrom: date, expiresUntil: date };
  const { items, cursor } = await services.ledger.listCertificates(filter, {
    limit: PAGE,
    cursor: unfinished?.cursor,
  });
  const interval = { after: checkedUntil.get(day), until };
  return { overdue: await overdueAmong(services, items, interval, services.clock()), cursor };
}

function report(audit: Audit, found: readonly OverdueRenewal[]): void {
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
