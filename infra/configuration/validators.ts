import * as z from "zod/mini";
import type { RevocationListPlan } from "../../core/authority/revocation-list-plan.ts";
import { RefusalError } from "../../core/refusal.ts";

/** Half of the longest life of a revocation list: what is fetched more seldom is out of date between. */
const MOST_REFRESH_SECONDS = 15 * 24 * 3600;

/** docs/operations.md has servers fetch once a minute. Nine of ten times may fail. */
const DEFAULT_REFRESH_SECONDS = 600;

/** Functions go on with the trust bundle and the lists they read for so long (core/authority/issuer-directory.ts). */
const FUNCTION_MEMORY_SECONDS = 60;

/** What operators say of the servers that check certificates. */
export const validatorSection = z.optional(
  z.strictObject({ refreshSeconds: z.int().check(z.gte(0), z.lte(MOST_REFRESH_SECONDS)) }),
);
export type ValidatorSection = z.output<typeof validatorSection>;

/** For the plan of the CAs. `unstatedSeconds`: where the configuration says nothing. */
export function validatorWaitSeconds(section: ValidatorSection, unstatedSeconds?: number): number {
  if (section === undefined && unstatedSeconds !== undefined) return unstatedSeconds;
  const { refreshSeconds } = section ?? { refreshSeconds: DEFAULT_REFRESH_SECONDS };
  return refreshSeconds === 0 ? 0 : refreshSeconds + FUNCTION_MEMORY_SECONDS;
}

/** @throws RefusalError when servers would hold lists that have ended */
export function assertRefreshedInTime(section: ValidatorSection, lists: RevocationListPlan | undefined): void {
  if (section === undefined || lists === undefined) return;
  const most = lists.lifetimeSeconds / 2;
  if (section.refreshSeconds <= most) return;
  const field = "validators.refreshSeconds";
  throw new RefusalError(
    "malformed_request",
    `the configuration: "${field}" must be at most ${most}, half of revocationLists.lifetimeHours, got ${section.refreshSeconds}: servers would check with lists that have ended`,
    { field },
  );
}
