import * as z from "zod/mini";
import { authorityIdOf } from "../../core/authority/generation.ts";
import { AUTHORITY_HIERARCHIES, DEFAULT_AUTHORITY_PLAN, type AuthorityPlan } from "../../core/authority/plan.ts";
import { AUTHORITY_KEY_SPECS } from "../../core/keys/key-type.ts";
import { parseExternalCa, type ExternalCa } from "../../core/authority/external/external-ca.ts";
import type { RevocationListPlan } from "../../core/authority/revocation-list-plan.ts";
import { SHARD_COUNTS } from "../../core/authority/revocation-shard.ts";
import { checked, must } from "../../core/input/schema.ts";

/** CloudFormation hands every scalar over as text. */
const wholeNumber = z.string().check(must((text) => /^[1-9]\d{0,10}$/.test(text), "must be a whole number"));

const schema = z.object({
  ClusterName: z.string().check(z.minLength(1), z.maxLength(32)),
  KeySpec: z.enum(AUTHORITY_KEY_SPECS),
  Hierarchy: z._default(z.enum(AUTHORITY_HIERARCHIES), "own"),
  RootLifetimeSeconds: wholeNumber,
  IssuingLifetimeSeconds: wholeNumber,
  /** Older templates have none. */
  LongestLifetimeSeconds: z._default(wholeNumber, String(DEFAULT_AUTHORITY_PLAN.longestLifetimeSeconds)),
  RootGenerations: z._default(wholeNumber, "1"),
  IssuingGenerations: z._default(wholeNumber, "1"),
  /** None of the three: there are no revocation lists. */
  RevocationListLifetimeSeconds: z.optional(wholeNumber),
  RevocationListShards: z._default(z.enum(SHARD_COUNTS.map(String)), "1"),
  RevocationListUrl: z.optional(z.string()),
});

/** Unknown members are let through: a rollback may bring those of another version. @throws RefusalError */
export function authorityPlanOf(resourceProperties: unknown): AuthorityPlan {
  const properties = checked(schema, resourceProperties, "the resource's properties");
  return {
    clusterName: properties.ClusterName,
    hierarchy: properties.Hierarchy,
    keySpec: properties.KeySpec,
    rootLifetimeSeconds: Number(properties.RootLifetimeSeconds),
    issuingLifetimeSeconds: Number(properties.IssuingLifetimeSeconds),
    longestLifetimeSeconds: Number(properties.LongestLifetimeSeconds),
    generations: { root: Number(properties.RootGenerations), issuing: Number(properties.IssuingGenerations) },
    recheckSeconds: DEFAULT_AUTHORITY_PLAN.recheckSeconds,
    revocationLists: revocationListPlanOf(properties),
  };
}

function revocationListPlanOf(properties: z.output<typeof schema>): RevocationListPlan | undefined {
  const { RevocationListLifetimeSeconds, RevocationListShards, RevocationListUrl } = properties;
  if (RevocationListLifetimeSeconds === undefined) return undefined;
  return {
    shards: SHARD_COUNTS.find((count) => String(count) === RevocationListShards) ?? 1,
    lifetimeSeconds: Number(RevocationListLifetimeSeconds),
    url: RevocationListUrl,
  };
}

const externalSchema = z.object({ ExternalRoots: z.string() });

/** Of no configuration: keys are never taken away, and each of them costs. */
const MOST_GENERATIONS = 20;

/** What the deployment pins of the external CA. @throws RefusalError, or Error when a certificate cannot be used */
export function externalCaOf(resourceProperties: unknown): ExternalCa {
  const { ExternalRoots } = checked(externalSchema, resourceProperties, "the resource's properties");
  const properties = checked(z.record(z.string(), z.unknown()), resourceProperties, "the resource's properties");
  const issuingPems = new Map<string, string>();
  for (let generation = 1; generation <= MOST_GENERATIONS; generation++) {
    // The first one has no number.
    const pem = properties[`IssuingCertificate${generation === 1 ? "" : generation}`];
    if (typeof pem === "string") issuingPems.set(authorityIdOf("issuing", generation), pem);
  }
  return parseExternalCa(ExternalRoots, issuingPems);
}
