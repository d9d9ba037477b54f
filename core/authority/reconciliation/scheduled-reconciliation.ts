import { reconcileAuthorities, type ReconciliationServices } from "./reconcile-authorities.ts";
import type { AuthorityPlan } from "../plan.ts";
import type { TrustBundle } from "../authority.ts";
import { publishRevocationLists, type ListReconciliationServices } from "../../revocation/reconcile-lists.ts";
import { followAuthorities, type RolesAnywhereServices } from "../../roles-anywhere/follow-authorities.ts";
import { watchRenewals, type WatchLimits, type WatchServices } from "../../renewal/watch-renewals.ts";

export type ScheduledServices = ReconciliationServices &
  ListReconciliationServices &
  RolesAnywhereServices &
  WatchServices;

/**
 * All that is done between deployments, from what must not wait to what may. Each step is tried whatever became of the one
 * before: a key that is not there holds up no list, a fleet that cannot be read no CA. Lists come first: however much there
 * is to find out for what an operator asks, a revocation does not wait for it.
 *
 * @throws Error the first failure, once all is done; the others are told
 */
export async function reconcileOnSchedule(
  services: ScheduledServices,
  plan: AuthorityPlan,
  first: TrustBundle,
  limits: WatchLimits,
): Promise<void> {
  const steps: readonly (() => Promise<unknown>)[] = [
    // What becomes of a CA here is on lists from the next reconciliation on, a minute later.
    () => publishRevocationLists(services, plan, first),
    () => reconcileAuthorities(services, plan, first),
    () => followInRolesAnywhere(services, plan, first),
    () => watchRenewals(services, limits),
  ];
  const failures: unknown[] = [];
  for (const step of steps) await step().catch((error: unknown) => failures.push(error));
  if (failures.length === 0) return;
  for (const failure of failures.slice(1)) services.failed(failure);
  throw failures[0];
}

/**
 * After the CAs: what has become of them counts from now on.
 *
 * @throws Error when something is not as it should be; each was told
 */
async function followInRolesAnywhere(
  services: ScheduledServices,
  { clusterName }: AuthorityPlan,
  first: TrustBundle,
): Promise<void> {
  if (services.rolesAnywhere === undefined) return;
  const faults = await followAuthorities(services, clusterName, (await services.authorities.read()) ?? first);
  if (faults > 0) throw new Error(`IAM Roles Anywhere lacks ${faults} of what it should have; see the lines above`);
}
