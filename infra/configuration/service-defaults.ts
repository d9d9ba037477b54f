import { DEFAULT_AUTHORITY_PLAN } from "../../core/authority/plan.ts";
import { DEFAULT_REVOCATION_LIST_PLAN } from "../../core/authority/revocation-list-plan.ts";

const DAY_SECONDS = 24 * 3600;

/** Beyond these CloudWatch Logs takes no other number of days. */
export const LOG_RETENTION_DAYS = [7, 14, 30, 60, 90, 180, 365, 731, 1827, 3653] as const;
export type LogRetentionDays = (typeof LOG_RETENTION_DAYS)[number];

/** How a function runs. */
export interface FunctionSettings {
  readonly memoryMegabytes: number;
  /** Null leaves it to the account's pool: for accounts whose whole pool is too small to reserve from. */
  readonly reservedConcurrency: number | null;
}

export interface EventsSettings {
  /** Of an event bus in this account and Region. Null: no events. */
  readonly busName: string | null;
  readonly reservedConcurrency: number | null;
}

/**
 * 512 MB: an issuance computes about 1 ms on a whole core and waits for four calls; a quarter of a core leaves room for
 * RSA-4096. A cold start has two cores whatever this says.
 *
 * 100 at once: at 50 ms a request that is twice the KMS quota of 1,000 signatures a second, and Lambda itself takes no
 * more than ten requests a second for each of them. What is above waits in the clients, not in retries against KMS.
 */
export const NODE_API_DEFAULTS: FunctionSettings = { memoryMegabytes: 512, reservedConcurrency: 100 };
export const ADMIN_API_DEFAULTS: FunctionSettings = { memoryMegabytes: 512, reservedConcurrency: 10 };

/** Batches wait in Lambda's own queue; two at once publish ten times what the service can issue. */
export const EVENTS_DEFAULTS: EventsSettings = { busName: "default", reservedConcurrency: 2 };

/** Two deployments at once could only get in each other's way. */
const AUTHORITY_RESERVED_CONCURRENCY: number | null = 1;

export const AUTHORITY_DEFAULTS = {
  hierarchy: DEFAULT_AUTHORITY_PLAN.hierarchy,
  keySpec: DEFAULT_AUTHORITY_PLAN.keySpec,
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
  /** ARNs of IAM roles and users that administer through it; a `*` may end a name. */
  readonly administratorArns: readonly string[];
  /** Of the CAs that authenticate the service's host, in PEM. @default - `cluster-info` is not exposed */
  readonly caPem?: string;
  /** How long an administrator's watch is held, 1 to 25. */
  readonly watchSeconds: number;
  /** How many lists and watches run at once; null leaves it to the account's pool. */
  readonly watchConcurrency: number | null;
  /** The same for administrators' calls through Kubernetes' clients. */
  readonly administrationConcurrency: number | null;
}

/** A list takes some 50 ms, and an administrator's watch is held: 50 serve a thousand lists a second, less those held. */
export const KUBERNETES_DEFAULTS = { watchSeconds: 20, watchConcurrency: 50, administrationConcurrency: 5 } as const;

export const RETENTION_DEFAULTS = { logDays: 90, pointInTimeRecoveryDays: 35 } as const;
