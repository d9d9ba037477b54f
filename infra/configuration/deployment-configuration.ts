import type { RevocationListPlan } from "../../core/authority/revocation-list-plan.ts";
import type { AuthorityKeySpec } from "../../core/keys/key-type.ts";
import type { Policy } from "../../core/policy/policy.ts";
import type {
  EventsSettings,
  FunctionSettings,
  KubernetesSettings,
  LogRetentionDays,
  RolesAnywhereSettings,
} from "./service-defaults.ts";

/** The external CA that signs issuing CAs, as far as a deployment pins it. */
export interface ExternalCaSettings {
  /** In PEM, one text for each root: the root first, then the CAs between it and the issuing CAs. */
  readonly roots: readonly [string, ...string[]];
  /** In PEM, by the generation's id (`issuing-g2`). A missing one is awaited, unless a later one is present. */
  readonly issuingCertificates: Readonly<Record<string, string>>;
}

/** Another name for the API. */
export interface DomainSettings {
  readonly name: string;
  readonly certificateArn: string;
}

export interface EdgeSettings extends DomainSettings {
  readonly originCertificateArn: string;
}

export interface AuthoritySettings {
  readonly hierarchy: "own" | "single" | "external";
  readonly keySpec: AuthorityKeySpec;
  /** Whether `ca retire --force` takes the word of a second administrator. */
  readonly forcedRetirementTakesTwo: boolean;
  readonly rootLifetimeDays: number;
  readonly issuingLifetimeDays: number;
  readonly rootGenerations: number;
  readonly issuingGenerations: number;
  /** Null: limited by the account's pool. */
  readonly reservedConcurrency: number | null;
  /** Undefined when no external CA is involved. */
  readonly externalCa: ExternalCaSettings | undefined;
}

export interface AlarmSettings {
  readonly topicArn?: string | undefined;
  readonly email?: string | undefined;
  readonly dashboard: boolean;
  readonly overdueNodes: number | null;
}

/**
 * A deployment as its file describes it, with every default filled in. Written out, and not derived from the schema, for
 * it is part of what the package nodeseal-cdk offers.
 */
export interface DeploymentConfiguration {
  readonly clusterName: string;
  readonly authority: AuthoritySettings;
  readonly policy: Policy;
  readonly domains: { readonly api?: DomainSettings | undefined; readonly mutualTls?: DomainSettings | undefined };
  readonly edge?: EdgeSettings | undefined;
  readonly retention: { readonly logDays: LogRetentionDays; readonly pointInTimeRecoveryDays: number };
  readonly alarms: AlarmSettings;
  readonly keyAdministratorArns: readonly string[];
  readonly events: EventsSettings;
  /** Undefined without Kubernetes' API. */
  readonly kubernetes: KubernetesSettings | undefined;
  /** Undefined without revocation lists. */
  readonly revocationLists: RevocationListPlan | undefined;
  /** Undefined without IAM Roles Anywhere. */
  readonly rolesAnywhere?: RolesAnywhereSettings | undefined;
  readonly validators?: { readonly refreshSeconds: number } | undefined;
  readonly nodeApi: FunctionSettings;
  readonly adminApi: FunctionSettings;
  readonly tracing: boolean;
}
