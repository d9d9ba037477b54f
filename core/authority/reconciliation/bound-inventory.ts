import type { TrustBundle } from "../authority.ts";
import type { AuthorityProgress } from "../change-request.ts";
import { isFresh, withPolicy, type InventoryBound } from "../inventory-bound.ts";
import type { AuthorityPlan } from "../plan.ts";
import type { IssuanceLedger } from "../../ledger/issuance-ledger.ts";
import { LONGEST_LIFETIME_SECONDS } from "../../policy/policy.ts";

export interface BoundServices {
  readonly ledger: Pick<IssuanceLedger, "listCertificates">;
  readonly clock: () => Date;
}

/**
 * Up to when certificates on record expire, by the policy of this deployment and what is known of earlier ones. Where
 * nothing is known the days beyond are looked at, once.
 */
export async function inventoryBound(
  services: BoundServices,
  { longestLifetimeSeconds }: Pick<AuthorityPlan, "longestLifetimeSeconds">,
  bundle: TrustBundle,
  { inventory }: Pick<AuthorityProgress, "inventory">,
): Promise<InventoryBound> {
  const now = services.clock();
  if (inventory !== undefined) return withPolicy(inventory, longestLifetimeSeconds, now);
  const beyond = new Date(now.getTime() + longestLifetimeSeconds * 1000);
  const most = new Date(now.getTime() + LONGEST_LIFETIME_SECONDS * 1000);
  const isExceeded = !isFresh(bundle, now) && (await hasCertificates(services, beyond, most));
  return { longestLifetimeSeconds, earlierUntil: isExceeded ? most : beyond };
}

/** Up to 400 days without an entry: a few pages, and once in a deployment's life. */
async function hasCertificates({ ledger }: BoundServices, expiresFrom: Date, expiresUntil: Date): Promise<boolean> {
  let cursor: string | undefined;
  do {
    const page = await ledger.listCertificates({ expiresFrom, expiresUntil }, { limit: 1, cursor });
    if (page.items.length > 0) return true;
    ({ cursor } = page);
  } while (cursor !== undefined);
  return false;
}
