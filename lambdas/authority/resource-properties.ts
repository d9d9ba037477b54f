import * as z from "zod/mini";
import { DEFAULT_AUTHORITY_PLAN, type AuthorityPlan } from "../../core/authority-plan.ts";
import { KEY_TYPES } from "../../core/key-type.ts";
import { checked, must } from "../../core/schema.ts";

/** CloudFormation hands every scalar over as text. */
const seconds = z.string().check(must((text) => /^[1-9]\d{0,10}$/.test(text), "must be a whole number of seconds"));

const schema = z.object({
  ClusterName: z.string().check(z.minLength(1), z.maxLength(32)),
  KeySpec: z.enum(KEY_TYPES),
  RootLifetimeSeconds: seconds,
  IssuingLifetimeSeconds: seconds,
  /** Older templates have none. */
  LongestLifetimeSeconds: z._default(seconds, String(DEFAULT_AUTHORITY_PLAN.longestLifetimeSeconds)),
});

/** Unknown members are let through: a rollback may bring those of another version. @throws RefusalError */
export function authorityPlanOf(resourceProperties: unknown): AuthorityPlan {
  const properties = checked(schema, resourceProperties, "the resource's properties");
  return {
    clusterName: properties.ClusterName,
    keySpec: properties.KeySpec,
    rootLifetimeSeconds: Number(properties.RootLifetimeSeconds),
    issuingLifetimeSeconds: Number(properties.IssuingLifetimeSeconds),
    longestLifetimeSeconds: Number(properties.LongestLifetimeSeconds),
  };
}
