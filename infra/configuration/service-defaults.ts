import { DEFAULT_AUTHORITY_PLAN } from "../../core/authority/plan.ts";
import { DEFAULT_REVOCATION_LIST_PLAN } from "../../core/authority/revocation-list-plan.ts";

const DAY_SECONDS = 24 * 3600;

/** The only numbers of days that CloudWatch Logs accepts, up to ten years. */
export const LOG_RETENTION_DAYS = [7, 14, 30, 60, 90, 180, 365, 731, 1827, 3653] as const;
export type LogRetentionDays = (typeof LOG_RETENTION_DAYS)[number];

/** The memory and concurrency of a function. */
export interface FunctionSettings {
  readonly memoryMegabytes: number;
  /** Null: limited by the account's pool. For accounts whose pool is too small to reserve from. */
  readonly reservedConcurrency: number | null;
}

export interface EventsSettings {
  /** The name of an event bus in this account and Region. Null: no events. */
  readonly busName: string | null;
  readonly reservedConcurrency: number | null;
}

/**
 * 512 MB: an issuance computes for 1 ms on a whole core and waits for four calls. A quarter of a core leaves room for
 * RSA-4096. A cold start has two cores in any case.
 *
 * 100 at once: at 50 ms a request that is twice the KMS quota of 1,000 signatures a second. Lambda allows ten requests
 * a second for each. Above that, clients wait; KMS sees no retries.
 */
export const NODE_API_DEFAULTS: FunctionSettings = { memoryMegabytes: 512, reservedConcurrency: 100 };
export const ADMIN_API_DEFAULTS: FunctionSettings = { memoryMegabytes: 512, reservedConcurrency: 10 };

/** Batches wait in Lambda's own queue. Two instances publish ten times what the service can issue. */
export const EVENTS_DEFAULTS: EventsSettings = { busName: "default", reservedConcurrency: 2 };

/** Two deployments at once would only disturb each other. */
const AUTHORITY_RESERVED_CONCURRENCY: number | null = 1;

export const AUTHORITY_DEFAULTS = {
  hierarchy: DEFAULT_AUTHORITY_PLAN.hierarchy,
  keySpec: DEFAULT_AUTHORITY_PLAN.keySpec,
  forcedRetirementTakesTwo: DEFAULT_AUTHORITY_PLAN.forcedRetirementTakesTwo,
  rootLifetimeDays: DEFAULT_AUTHORITY_PLAN.rootLifetimeSeconds / DAY_SECONDS,
  rootGenerations: 1,
  issuingGenerations: 1,
  issuingLifetimeDays: DEFAULT_AUTHORITY_PLAN.issuingLifetimeSeconds / DAY_SECONDS,
  reservedConcurrency: AUTHORITY_RESERVED_CONCURRENCY,
} as const;

export const REVOCATION_LIST_DEFAULTS = {
  shards: DEFAULT_REVOCATION_LIST_PLAN.shards,
  lifetimeHours: DEFAULT_REVOCATION_LIST_PLAN.lifetimeSeconds / 3600,
} as const;

/** Kubernetes' API in a deployment. */
export interface KubernetesSettings {
  /** ARNs of IAM roles and users that are administrators through it. A name may end in `*`. */
  readonly administratorArns: readonly string[];
  /** The CAs that authenticate the service's host, in PEM. @default - `cluster-info` is not served */
  readonly caPem?: string;
  /** How long an administrator's watch is held, 1 to 25. */
  readonly watchSeconds: number;
  /** How many lists and watches run at once. Null: limited by the account's pool. */
  readonly watchConcurrency: number | null;
  /** The same for administrators' calls through Kubernetes' clients. */
  readonly administrationConcurrency: number | null;
}

/**
 * A list takes 50 ms, and an administrator's watch is held. 50 instances serve a thousand lists a second, less the held
 * ones.
 */
export const KUBERNETES_DEFAULTS = { watchSeconds: 20, watchConcurrency: 50, administrationConcurrency: 5 } as const;

/** IAM Roles Anywhere in a deployment, with a role for machines outside AWS. */
export interface RolesAnywhereSettings {
  /** The common names that get the role. `*` stands for any characters. */
  readonly names: readonly string[];
  /** How long a session lives, 900 to 43,200. A revocation ends none that has begun. */
  readonly sessionSeconds: number;
  /** What the role may do. @default - nothing but to ask who it is */
  readonly managedPolicyArns: readonly string[];
  /** EKS clusters that the machines join as hybrid nodes. */
  readonly eksClusterNames: readonly string[];
}

export const RETENTION_DEFAULTS = { logDays: 90, pointInTimeRecoveryDays: 35 } as const;
