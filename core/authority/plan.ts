import type { AuthorityRole } from "./authority.ts";
import type { AuthorityKeySpec } from "../keys/key-type.ts";
import { DEFAULT_POLICY, longestLifetimeSeconds, recoveryWindows } from "../policy/policy.ts";
import { DEFAULT_REVOCATION_LIST_PLAN, type RevocationListPlan } from "./revocation-list-plan.ts";

export const AUTHORITY_HIERARCHIES = ["own", "single", "external"] as const;
export type AuthorityHierarchy = (typeof AUTHORITY_HIERARCHIES)[number];

/** What a deployment says of its CAs. */
export interface AuthorityPlan {
  /** In every CA's subject: two clusters' CAs must not share a name. */
  readonly clusterName: string;
  /** Who signs the issuing CA: a root of this service's own, its own key (single-tier hierarchy), or an external CA. */
  readonly hierarchy: AuthorityHierarchy;
  readonly keySpec: AuthorityKeySpec;
  readonly rootLifetimeSeconds: number;
  readonly issuingLifetimeSeconds: number;
  /** The longest lifetime that any rule of the policy allows. */
  readonly longestLifetimeSeconds: number;
  /** By signer: for how long after its end a certificate may still be renewed. A CA whose machines may come back is in use. */
  readonly recoveryWindowSeconds: Readonly<Record<string, number>>;
  /**
   * How many generations of each role have keys, where keys come from a template: that many CAs are made. Undefined where
   * they are made when they are needed.
   */
  readonly generations: Readonly<Record<AuthorityRole, number>> | undefined;
  /** What is held back is looked at again after so long. */
  readonly recheckSeconds: number;
  /**
   * How long after something was published the last server that checks certificates has fetched it. 0: nobody waits for
   * servers.
   */
  readonly validatorWaitSeconds: number;
  /** Whether a forced retirement takes the word of two principals: every certificate of the CA stops working at once. */
  readonly forcedRetirementTakesTwo: boolean;
  /** Undefined: there are none. */
  readonly revocationLists: RevocationListPlan | undefined;
}

const DAY_SECONDS = 24 * 3600;

/** Half of the longest life of a revocation list, and an hour. */
export const MOST_VALIDATOR_WAIT_SECONDS = 15 * DAY_SECONDS + 3600;

export const MOST_CA_LIFETIME_SECONDS = 100 * 365 * DAY_SECONDS;

/** Of each role. Keys are never taken away, so each generation ever made counts, and costs. */
export const MOST_GENERATIONS = 20;

export const DEFAULT_AUTHORITY_PLAN: AuthorityPlan = {
  clusterName: "nodeseal",
  hierarchy: "own",
  keySpec: "P-256",
  rootLifetimeSeconds: 20 * 365 * DAY_SECONDS,
  issuingLifetimeSeconds: 5 * 365 * DAY_SECONDS,
  longestLifetimeSeconds: longestLifetimeSeconds(DEFAULT_POLICY),
  recoveryWindowSeconds: recoveryWindows(DEFAULT_POLICY),
  generations: undefined,
  recheckSeconds: 600,
  validatorWaitSeconds: 0,
  forcedRetirementTakesTwo: false,
  revocationLists: DEFAULT_REVOCATION_LIST_PLAN,
};
