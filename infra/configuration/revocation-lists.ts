import * as z from "zod/mini";
import {
  DEFAULT_REVOCATION_LIST_PLAN,
  REVOCATION_LIST_LIFETIME_SECONDS as LIFETIME,
  type RevocationListPlan,
} from "../../core/authority/revocation-list-plan.ts";
import { SHARD_COUNTS } from "../../core/authority/revocation-shard.ts";
import { must } from "../../core/input/schema.ts";
import type { OcspEnvironment, RevocationListEnvironment } from "../../lambdas/configuration.ts";
import { REVOCATION_LIST_DEFAULTS } from "./service-defaults.ts";

const HOUR_SECONDS = 3600;

/**
 * Every certificate and its record hold the URL. docs/deploying.md says from which length on that costs another write
 * unit.
 */
export const MOST_URL_CHARACTERS = 80;

const url = z
  .string()
  .check(
    must(
      (text) =>
        text.length <= MOST_URL_CHARACTERS && /^https?:\/\/[a-z0-9.-]+(?::\d{1,5})?(?:\/[A-Za-z0-9._~-]+)*$/.test(text),
      `must be an http or https address of at most ${MOST_URL_CHARACTERS} characters, without a query and a "/" at its end`,
    ),
  );

/** Null: no lists. */
export const revocationListSection = z.nullable(
  z
    .strictObject({
      shards: z._default(z.literal(SHARD_COUNTS), REVOCATION_LIST_DEFAULTS.shards),
      lifetimeHours: z._default(
        z.int().check(z.gte(LIFETIME.least / HOUR_SECONDS), z.lte(LIFETIME.most / HOUR_SECONDS)),
        REVOCATION_LIST_DEFAULTS.lifetimeHours,
      ),
      url: z.optional(url),
      ocspUrl: z.optional(url),
    })
    .check(
      must(
        (section) => section.shards === 1 || section.url !== undefined,
        "must have a url where it has shards: a certificate that does not say which shard it belongs to is checked with the whole list",
      ),
    ),
);

export type RevocationListSection = z.output<typeof revocationListSection>;

export function revocationListPlan(section: RevocationListSection): RevocationListPlan | undefined {
  if (section === null) return undefined;
  const { shards, lifetimeHours, url: address, ocspUrl } = section;
  const ocsp = ocspUrl === undefined ? {} : { ocspUrl };
  return { shards, lifetimeSeconds: lifetimeHours * HOUR_SECONDS, url: address, ...ocsp };
}

/** @throws Error when lists are wanted that the policies of the state's keys do not allow */
export function plannedRevocationLists(
  plan: RevocationListPlan | null = DEFAULT_REVOCATION_LIST_PLAN,
  { hasRevocationLists }: { readonly hasRevocationLists: boolean },
): RevocationListPlan | undefined {
  if (plan !== null && !hasRevocationLists)
    throw new Error("revocationLists must be null: by the keys' policies nobody signs revocation lists");
  return plan ?? undefined;
}

/** The issuing function's variables for revocation lists. */
export function revocationListEnvironment(
  plan: RevocationListPlan | undefined,
): Partial<RevocationListEnvironment & OcspEnvironment> {
  const { url: listUrl, shards, ocspUrl } = plan ?? {};
  return {
    ...(listUrl === undefined ? {} : { REVOCATION_LIST_URL: listUrl, REVOCATION_LIST_SHARDS: String(shards) }),
    ...(ocspUrl === undefined ? {} : { OCSP_URL: ocspUrl }),
  };
}
