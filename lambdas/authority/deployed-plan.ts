import { readFileSync } from "node:fs";
import * as z from "zod/mini";
import { parseExternalCa, type ExternalCa } from "../../core/authority/external/external-ca.ts";
import {
  AUTHORITY_HIERARCHIES,
  DEFAULT_AUTHORITY_PLAN,
  MOST_CA_LIFETIME_SECONDS,
  MOST_GENERATIONS,
  MOST_VALIDATOR_WAIT_SECONDS,
  type AuthorityPlan,
} from "../../core/authority/plan.ts";
import { REVOCATION_LIST_LIFETIME_SECONDS } from "../../core/authority/revocation-list-plan.ts";
import { SHARD_COUNTS } from "../../core/authority/revocation-shard.ts";
import { checked, must } from "../../core/input/schema.ts";
import { AUTHORITY_KEY_SPECS } from "../../core/keys/key-type.ts";
import { LONGEST_LIFETIME_SECONDS } from "../../core/policy/policy.ts";

/**
 * What the authority function believes of its deployment. It ships beside the code, as the policy does. An event could be
 * sent by whoever may invoke the function; a file beside the code is changed by who may change the code.
 */
export interface DeployedPlan {
  readonly plan: AuthorityPlan;
  /** Undefined unless the hierarchy is `external`. */
  readonly externalCa: ExternalCa | undefined;
}

const lifetimeSeconds = z.int().check(z.gte(1), z.lte(MOST_CA_LIFETIME_SECONDS));
const generations = z.int().check(z.gte(1), z.lte(MOST_GENERATIONS));
const { least, most } = REVOCATION_LIST_LIFETIME_SECONDS;

/** Every bound of the configuration once more: the file may have been written by another version, or by hand. */
const schema = z
  .strictObject({
    clusterName: z.string().check(must((name) => /^[a-z][a-z0-9-]{0,31}$/.test(name), "must be a cluster's name")),
    hierarchy: z.enum(AUTHORITY_HIERARCHIES),
    keySpec: z.enum(AUTHORITY_KEY_SPECS),
    rootLifetimeSeconds: lifetimeSeconds,
    issuingLifetimeSeconds: lifetimeSeconds,
    longestLifetimeSeconds: z.int().check(z.gte(1), z.lte(LONGEST_LIFETIME_SECONDS)),
    recoveryWindowSeconds: z.record(z.string(), z.int().check(z.gte(1), z.lte(LONGEST_LIFETIME_SECONDS))),
    validatorWaitSeconds: z.int().check(z.gte(0), z.lte(MOST_VALIDATOR_WAIT_SECONDS)),
    forcedRetirementTakesTwo: z.boolean(),
    generations: z.strictObject({ root: generations, issuing: generations }),
    /** Null: there are no revocation lists. */
    revocationLists: z.nullable(
      z.strictObject({
        lifetimeSeconds: z.int().check(z.gte(least), z.lte(most)),
        shards: z.literal(SHARD_COUNTS),
        url: z.optional(z.string().check(z.maxLength(80))),
      }),
    ),
    /** PEM: the roots with the CAs below them, and the issuing CAs' certificates by the generation's id. */
    externalCa: z.nullable(
      z.strictObject({ roots: z.string(), issuingCertificates: z.record(z.string(), z.string()) }),
    ),
  })
  .check(
    must(
      ({ hierarchy, externalCa }) => (hierarchy === "external") === (externalCa !== null),
      "must have an externalCa where its hierarchy is external, and only there",
    ),
  );

/** The file's content, as infra writes it. */
export type DeployedPlanDocument = z.input<typeof schema>;

/** @throws RefusalError naming the member, or Error when the file cannot be read or a certificate cannot be used */
export function readDeployedPlan(file: string): DeployedPlan {
  return deployedPlanOf(JSON.parse(readFileSync(file, "utf8")));
}

/** @throws RefusalError naming the member, or Error when a certificate cannot be used */
export function deployedPlanOf(document: unknown): DeployedPlan {
  const { externalCa, revocationLists, ...plan } = checked(schema, document, "the deployed plan");
  return {
    plan: {
      ...plan,
      recheckSeconds: DEFAULT_AUTHORITY_PLAN.recheckSeconds,
      revocationLists: revocationLists === null ? undefined : { url: undefined, ...revocationLists },
    },
    externalCa:
      externalCa === null
        ? undefined
        : parseExternalCa(externalCa.roots, new Map(Object.entries(externalCa.issuingCertificates))),
  };
}
