import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Stage } from "aws-cdk-lib";
import type { Grant, IGrantable } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import { DEFAULT_AUTHORITY_PLAN } from "../../core/authority-plan.ts";
import { DEFAULT_POLICY, longestLifetimeSeconds, type Policy } from "../../core/policy.ts";
import { routes as adminApiRoutes } from "../../lambdas/admin-api/routes.ts";
import type { AdminApiEnvironment, NodeApiEnvironment } from "../../lambdas/configuration.ts";
import { routes as nodeApiRoutes } from "../../lambdas/node-api/routes.ts";
import { throttledAdminRoute, throttledNodeRoute } from "../route-throttles.ts";
import {
  ADMIN_API_DEFAULTS,
  AUTHORITY_DEFAULTS,
  EVENTS_DEFAULTS,
  NODE_API_DEFAULTS,
  RETENTION_DEFAULTS,
  type EventsSettings,
  type FunctionSettings,
  type LogRetentionDays,
} from "../service-defaults.ts";
import { AuthorityProvisioner } from "./authority-provisioner.ts";
import type { CertificateSigningState } from "./certificate-signing-state.ts";
import { FrontDoor } from "./front-door.ts";
import { ServiceEvents } from "./service-events.ts";
import { ServiceFunction } from "./service-function.ts";

export interface CertificateSigningServiceProps {
  /** Keys, tables and bucket; best in a stack of its own. */
  readonly state: CertificateSigningState;
  /** Who may get which certificates. @default - Kubernetes' three bindings */
  readonly policy?: Policy;
  /** @default 20 years */
  readonly rootLifetimeSeconds?: number;
  /** Ends with the root at the latest. @default 5 years */
  readonly issuingLifetimeSeconds?: number;
  /** @default 512 MB, 100 at once */
  readonly nodeApi?: FunctionSettings;
  /** @default 512 MB, 10 at once */
  readonly adminApi?: FunctionSettings;
  /** How many executions are reserved for the authority function; null leaves it to the account's pool. @default 1 */
  readonly authorityReservedConcurrency?: number | null;
  /** Where EventBridge is told of certificates and CAs. @default - the account's default bus */
  readonly events?: EventsSettings;
  /** How long logs are kept. @default 90 */
  readonly logDays?: LogRetentionDays;
  /** X-Ray for the functions. @default false */
  readonly tracing?: boolean;
}

/** The HTTP API holds on for 30 s; a function that gives up first answers in its own words. */
const TIMEOUT_SECONDS = 29;

/** The service: an HTTP API, its two functions, and the one that makes the CAs. */
export class CertificateSigningService extends Construct {
  readonly nodeApi: ServiceFunction;
  readonly adminApi: ServiceFunction;
  readonly authority: AuthorityProvisioner;
  /** Undefined when a deployment wants no events. */
  readonly events: ServiceEvents | undefined;
  readonly frontDoor: FrontDoor;
  /** The default endpoint; works without any domain. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: CertificateSigningServiceProps) {
    super(scope, id);
    const { state, logDays = RETENTION_DEFAULTS.logDays, tracing = false } = props;
    const shared = { clusterName: state.clusterName, timeoutSeconds: TIMEOUT_SECONDS, logDays, tracing };
    this.nodeApi = new ServiceFunction(this, "NodeApi", {
      ...shared,
      ...(props.nodeApi ?? NODE_API_DEFAULTS),
      functionName: "node-api",
      description: "What nodes call: signs certificates",
      environment: { ...tableNames(state), POLICY_FILE: "/var/task/policy.json" },
      files: { "policy.json": this.policyFile(props.policy ?? DEFAULT_POLICY) },
    });
    const adminEnvironment: AdminApiEnvironment = { ...tableNames(state), TLS_CA_CERT_HASHES: "" };
    this.adminApi = new ServiceFunction(this, "AdminApi", {
      ...shared,
      ...(props.adminApi ?? ADMIN_API_DEFAULTS),
      functionName: "admin-api",
      description: "What administrators call: cannot sign",
      environment: { ...adminEnvironment },
    });
    this.grantNodeApi(state);
    this.grantAdminApi(state);
    this.authority = new AuthorityProvisioner(this, "Authority", {
      state,
      rootLifetimeSeconds: props.rootLifetimeSeconds ?? DEFAULT_AUTHORITY_PLAN.rootLifetimeSeconds,
      issuingLifetimeSeconds: props.issuingLifetimeSeconds ?? DEFAULT_AUTHORITY_PLAN.issuingLifetimeSeconds,
      reservedConcurrency:
        props.authorityReservedConcurrency === undefined
          ? AUTHORITY_DEFAULTS.reservedConcurrency
          : props.authorityReservedConcurrency,
      longestLifetimeSeconds: longestLifetimeSeconds(props.policy ?? DEFAULT_POLICY),
      logDays,
      tracing,
    });
    this.events = this.eventsTo(props.events ?? EVENTS_DEFAULTS, shared);
    this.frontDoor = new FrontDoor(this, "FrontDoor", {
      description: `Nodeseal ${state.clusterName}`,
      functions: [
        { name: "NodeApi", function: this.nodeApi.function, routes: nodeApiRoutes.map(throttledNodeRoute) },
        { name: "AdminApi", function: this.adminApi.function, routes: adminApiRoutes.map(throttledAdminRoute) },
      ],
      logDays,
    });
    this.url = this.frontDoor.url;
  }

  /** Lets a principal administer: create tokens, approve, revoke. */
  grantAdmin(grantee: IGrantable): Grant {
    return this.frontDoor.grantAdmin(grantee);
  }

  private eventsTo(
    { busName, reservedConcurrency }: EventsSettings,
    shared: { readonly clusterName: string; readonly logDays: LogRetentionDays; readonly tracing: boolean },
  ): ServiceEvents | undefined {
    if (busName === null) return undefined;
    const logGroups = {
      NodeApi: this.nodeApi.logGroup,
      AdminApi: this.adminApi.logGroup,
      Authority: this.authority.function.logGroup,
    };
    const { clusterName, logDays, tracing } = shared;
    return new ServiceEvents(this, "Events", {
      clusterName,
      logDays,
      tracing,
      busName,
      reservedConcurrency,
      logGroups,
    });
  }

  private grantNodeApi({ tables, issuingKey }: CertificateSigningState): void {
    tables.tokens.grantItems(this.nodeApi, "GetItem", "UpdateItem");
    tables.nodes.grantItems(this.nodeApi, "GetItem", "PutItem");
    tables.issuances.grantItems(this.nodeApi, "GetItem", "PutItem", "UpdateItem");
    tables.authorities.grantItems(this.nodeApi, "GetItem");
    issuingKey.grantSign(this.nodeApi);
  }

  private grantAdminApi({ tables }: CertificateSigningState): void {
    tables.tokens.grantItems(this.adminApi, "GetItem", "BatchGetItem", "PutItem", "UpdateItem");
    tables.tokens.grantQuery(this.adminApi, "byCreation");
    tables.nodes.grantItems(this.adminApi, "GetItem", "BatchGetItem", "PutItem");
    tables.nodes.grantQuery(this.adminApi, "byName");
    tables.issuances.grantItems(this.adminApi, "GetItem", "BatchGetItem", "UpdateItem");
    tables.issuances.grantQuery(this.adminApi, "byNode", "byExpiry", "waiting");
    tables.authorities.grantItems(this.adminApi, "GetItem");
  }

  /** A file of the cloud assembly, from where it is copied beside the code. */
  private policyFile(policy: Policy): string {
    const stage = Stage.of(this);
    if (stage === undefined) throw new Error("a CertificateSigningService must be inside an App or a Stage");
    const path = join(stage.outdir, `policy-${this.node.addr}.json`);
    writeFileSync(path, JSON.stringify(policy));
    return path;
  }
}

function tableNames({ tables }: CertificateSigningState): NodeApiEnvironment {
  return {
    TOKENS_TABLE_NAME: tables.tokens.table.tableName,
    NODES_TABLE_NAME: tables.nodes.table.tableName,
    ISSUANCES_TABLE_NAME: tables.issuances.table.tableName,
    AUTHORITIES_TABLE_NAME: tables.authorities.table.tableName,
  };
}
