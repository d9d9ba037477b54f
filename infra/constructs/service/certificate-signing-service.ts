import type { Grant, IGrantable } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import { COUNTED_USE_ATTRIBUTES } from "../../../adapters/dynamodb/tables.ts";
import { RECOVERY_ADMISSION_ID } from "../../../core/admission/recovery-admission.ts";
import { CHANGE_REQUESTS_ID } from "../../../core/authority/change-request.ts";
import { DEFAULT_AUTHORITY_PLAN } from "../../../core/authority/plan.ts";
import { DEFAULT_POLICY, longestLifetimeSeconds, recoveryWindows, type Policy } from "../../../core/policy/policy.ts";
import type { RevocationListPlan } from "../../../core/authority/revocation-list-plan.ts";
import { routes as adminApiRoutes } from "../../../lambdas/admin-api/routes.ts";
import type { AdminApiEnvironment, EdgeEnvironment, NodeApiEnvironment } from "../../../lambdas/configuration.ts";
import { routes as nodeApiRoutes } from "../../../lambdas/node-api/routes.ts";
import { validatorWaitSeconds } from "../../configuration/validators.ts";
import { SIGNATURES_ID_PREFIX } from "../../../core/keys/signature-register.ts";
import { RESPONDER_ID_PREFIX } from "../../../core/ocsp/responder-certificate.ts";
import { plannedRevocationLists, revocationListEnvironment } from "../../configuration/revocation-lists.ts";
import { throttledAdminRoute, throttledNodeRoutes } from "../../settings/route-throttles.ts";
import {
  ADMIN_API_DEFAULTS,
  AUTHORITY_DEFAULTS,
  EVENTS_DEFAULTS,
  NODE_API_DEFAULTS,
  RETENTION_DEFAULTS,
  type EventsSettings,
  type FunctionSettings,
  type KubernetesSettings,
  type LogRetentionDays,
  type RolesAnywhereSettings,
} from "../../configuration/service-defaults.ts";
import { AuthorityProvisioner } from "./authority-provisioner.ts";
import type { CertificateSigningState } from "../state/certificate-signing-state.ts";
import { EdgeSecret } from "../front-door/edge-secret.ts";
import { FrontDoor } from "../front-door/front-door.ts";
import { KubernetesApi, kubernetesPart } from "./kubernetes-api.ts";
import { RolesAnywhere } from "./roles-anywhere.ts";
import { ServiceEvents } from "./service-events.ts";
import { ServiceFunction, type ServiceFunctionProps } from "./service-function.ts";

export interface CertificateSigningServiceProps {
  /** Keys, tables and bucket; best in a stack of its own. */
  readonly state: CertificateSigningState;
  /** The policy. @default - Kubernetes' three bindings */
  readonly policy?: Policy;
  /** @default 20 years */
  readonly rootLifetimeSeconds?: number;
  /** Never longer than the root's. @default 5 years */
  readonly issuingLifetimeSeconds?: number;
  /** @default 512 MB, 100 at once */
  readonly nodeApi?: FunctionSettings;
  /** @default 512 MB, 10 at once */
  readonly adminApi?: FunctionSettings;
  /** Executions reserved for the authority function. Null: limited by the account's pool. @default 1 */
  readonly authorityReservedConcurrency?: number | null;
  /**
   * Null: no lists, and the state must say so too. @default - one whole list for each CA, valid for a day, that
   * certificates do not name
   */
  readonly revocationLists?: RevocationListPlan | null;
  /**
   * How long after something was published the last server that checks certificates has fetched it: a new CA signs no
   * sooner. 0: nobody waits for servers. @default 660
   */
  readonly validatorWaitSeconds?: number;
  /** Whether `ca retire --force` takes the word of a second administrator. @default false */
  readonly forcedRetirementTakesTwo?: boolean;
  /** AWS credentials for machines outside AWS. It needs revocation lists. @default - none */
  readonly rolesAnywhere?: RolesAnywhereSettings;
  /** The event bus for events about certificates and CAs. @default - the account's default bus */
  readonly events?: EventsSettings;
  /** Kubernetes' API beside the native one. @default - none */
  readonly kubernetes?: KubernetesSettings;
  /** The host of an `Edge` in front of the API, which may pass on client certificates. @default - none */
  readonly edgeDomainName?: string;
  /** How long logs are kept. @default 90 */
  readonly logDays?: LogRetentionDays;
  /** X-Ray for the functions. @default false */
  readonly tracing?: boolean;
}

/** The HTTP API waits for 30 s. A function that gives up first can still send its own answer. */
const TIMEOUT_SECONDS = 29;

/** The service: an HTTP API with its two functions, and the function that makes the CAs. */
export class CertificateSigningService extends Construct {
  readonly nodeApi: ServiceFunction;
  readonly adminApi: ServiceFunction;
  readonly kubernetes: KubernetesApi | undefined;
  /** The secret for the `Edge`. Undefined without one. */
  readonly edgeSecret: EdgeSecret | undefined;
  readonly authority: AuthorityProvisioner;
  readonly rolesAnywhere: RolesAnywhere | undefined;
  /** Undefined when a deployment has no events. */
  readonly events: ServiceEvents | undefined;
  readonly frontDoor: FrontDoor;
  /** The default endpoint, which needs no domain. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: CertificateSigningServiceProps) {
    super(scope, id);
    const { state, kubernetes, logDays = RETENTION_DEFAULTS.logDays, tracing = false } = props;
    this.edgeSecret = props.edgeDomainName === undefined ? undefined : new EdgeSecret(this, "EdgeSecret");
    const nodeApiProps = this.nodeApiProps(props);
    const adminApiProps = this.adminApiProps(props);
    this.nodeApi = new ServiceFunction(this, "NodeApi", nodeApiProps);
    this.adminApi = new ServiceFunction(this, "AdminApi", adminApiProps);
    this.grantNodeApi(state, plannedRevocationLists(props.revocationLists, state) !== undefined);
    this.edgeSecret?.grantRead(this.nodeApi);
    this.grantAdminApi(state);
    this.kubernetes =
      kubernetes &&
      new KubernetesApi(this, "Kubernetes", {
        settings: kubernetes,
        state,
        nodeApi: this.nodeApi,
        nodeApiProps,
        adminApi: this.adminApi,
        adminApiProps,
      });
    this.rolesAnywhere =
      props.rolesAnywhere &&
      new RolesAnywhere(this, "RolesAnywhere", { clusterName: state.clusterName, settings: props.rolesAnywhere });
    this.authority = new AuthorityProvisioner(this, "Authority", {
      state,
      rootLifetimeSeconds: props.rootLifetimeSeconds ?? DEFAULT_AUTHORITY_PLAN.rootLifetimeSeconds,
      issuingLifetimeSeconds: props.issuingLifetimeSeconds ?? DEFAULT_AUTHORITY_PLAN.issuingLifetimeSeconds,
      reservedConcurrency:
        props.authorityReservedConcurrency === undefined
          ? AUTHORITY_DEFAULTS.reservedConcurrency
          : props.authorityReservedConcurrency,
      longestLifetimeSeconds: longestLifetimeSeconds(props.policy ?? DEFAULT_POLICY),
      recoveryWindowSeconds: recoveryWindows(props.policy ?? DEFAULT_POLICY),
      revocationLists: plannedRevocationLists(props.revocationLists, state),
      validatorWaitSeconds: props.validatorWaitSeconds ?? validatorWaitSeconds(undefined),
      forcedRetirementTakesTwo: props.forcedRetirementTakesTwo ?? AUTHORITY_DEFAULTS.forcedRetirementTakesTwo,
      rolesAnywhere: this.rolesAnywhere,
      logDays,
      tracing,
    });
    this.events = this.eventsTo(props.events ?? EVENTS_DEFAULTS, sharedProps(props));
    this.frontDoor = new FrontDoor(this, "FrontDoor", {
      description: `Nodeseal ${state.clusterName}`,
      functions: [
        {
          name: "NodeApi",
          function: this.nodeApi.function,
          routes: [
            ...throttledNodeRoutes(nodeApiRoutes, kubernetes !== undefined),
            ...(this.kubernetes?.nodeApiRoutes ?? []),
          ],
        },
        { name: "AdminApi", function: this.adminApi.function, routes: adminApiRoutes.map(throttledAdminRoute) },
        ...(this.kubernetes?.frontDoorFunctions ?? []),
      ],
      logDays,
    });
    this.url = this.frontDoor.url;
  }

  /** Lets a principal see everything, and ask what policy would say. */
  grantViewer(grantee: IGrantable): Grant {
    return this.frontDoor.grantRight(grantee, "viewer");
  }

  /** Lets a principal let machines have certificates: approve and deny requests, release names, allow a recovery. And see everything. */
  grantApprover(grantee: IGrantable): Grant {
    return this.frontDoor.grantRight(grantee, "approver");
  }

  /** Lets a principal make bootstrap tokens, and revoke them. And see everything. */
  grantTokenIssuer(grantee: IGrantable): Grant {
    return this.frontDoor.grantRight(grantee, "tokenIssuer");
  }

  /** Lets a principal revoke nodes, certificates and tokens, and have nodes renew early. And see everything. */
  grantRevoker(grantee: IGrantable): Grant {
    return this.frontDoor.grantRight(grantee, "revoker");
  }

  /** Lets a principal prepare, activate and retire CAs, and admit certificates after a restore. And see everything. */
  grantAuthorityOperator(grantee: IGrantable): Grant {
    return this.frontDoor.grantRight(grantee, "authorityOperator");
  }

  /** Lets a principal call every admin route. */
  grantAdmin(grantee: IGrantable): Grant {
    return this.frontDoor.grantRight(grantee, "admin");
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

  private nodeApiProps(props: CertificateSigningServiceProps): ServiceFunctionProps {
    const kubernetes = props.kubernetes && kubernetesPart(props.kubernetes);
    const policy = this.policyPart(props);
    return {
      ...sharedProps(props),
      ...(props.nodeApi ?? NODE_API_DEFAULTS),
      functionName: "node-api",
      description: "What nodes call: signs certificates",
      environment: {
        ...tableNames(props.state),
        ...policy.environment,
        ...kubernetes?.environment,
        ...this.edgeEnvironment(props),
        ...revocationListEnvironment(plannedRevocationLists(props.revocationLists, props.state)),
      },
      files: { ...policy.files, ...kubernetes?.files },
    };
  }

  private adminApiProps(props: CertificateSigningServiceProps): ServiceFunctionProps {
    const environment: AdminApiEnvironment = { ...tableNames(props.state), TLS_CA_CERT_HASHES: "" };
    const kubernetes = props.kubernetes && kubernetesPart(props.kubernetes);
    // The admin function does not decide by it. It answers simulations, and says in Kubernetes' terms why a request was
    // not signed.
    const policy = this.policyPart(props);
    return {
      ...sharedProps(props),
      ...(props.adminApi ?? ADMIN_API_DEFAULTS),
      functionName: "admin-api",
      description: "What administrators call: cannot sign",
      environment: { ...environment, ...policy.environment, ...kubernetes?.environment },
      files: { ...policy.files, ...kubernetes?.files },
    };
  }

  private edgeEnvironment({ edgeDomainName }: CertificateSigningServiceProps): Partial<EdgeEnvironment> {
    if (edgeDomainName === undefined || this.edgeSecret === undefined) return {};
    return { EDGE_DOMAIN_NAME: edgeDomainName, EDGE_SECRET_ARN: this.edgeSecret.secret.secretArn };
  }

  private policyPart({ policy = DEFAULT_POLICY }: CertificateSigningServiceProps) {
    return {
      environment: { POLICY_FILE: "/var/task/policy.json" },
      files: { "policy.json": JSON.stringify(policy) },
    };
  }

  private grantNodeApi({ tables, issuingKeys }: CertificateSigningState, hasRevocationLists: boolean): void {
    // BatchGetItem: what a first certificate reads is one call.
    tables.tokens.grantItems(this.nodeApi, "GetItem", "BatchGetItem");
    // An update creates a missing item. So it may name only these attributes: with all of them it could create a token.
    tables.tokens.grantUpdateOf(this.nodeApi, ...COUNTED_USE_ATTRIBUTES);
    tables.nodes.grantItems(this.nodeApi, "GetItem", "BatchGetItem", "PutItem", "UpdateItem");
    tables.issuances.grantItems(this.nodeApi, "GetItem", "BatchGetItem", "PutItem", "UpdateItem");
    // Whether a refused certificate is on record: its keys by day of expiry.
    tables.issuances.grantQuery(this.nodeApi, "byExpiry");
    tables.authorities.grantItems(this.nodeApi, "GetItem");
    if (hasRevocationLists) {
      // OCSP: what was revoked since the last list, and the responders that it has certified. Fingerprints: all that is revoked.
      tables.issuances.grantQuery(this.nodeApi, "revoked");
      tables.authorities.grantItemsBeginning(this.nodeApi, RESPONDER_ID_PREFIX, "PutItem", "UpdateItem");
      tables.authorities.grantItemsBeginning(this.nodeApi, SIGNATURES_ID_PREFIX, "UpdateItem");
    }
    for (const key of issuingKeys) key.grantSign(this.nodeApi);
  }

  private grantAdminApi({ tables }: CertificateSigningState): void {
    tables.tokens.grantItems(this.adminApi, "GetItem", "BatchGetItem", "PutItem", "UpdateItem");
    tables.tokens.grantQuery(this.adminApi, "byCreation");
    tables.nodes.grantItems(this.adminApi, "GetItem", "BatchGetItem", "PutItem");
    tables.nodes.grantQuery(this.adminApi, "byName");
    tables.issuances.grantItems(this.adminApi, "GetItem", "BatchGetItem", "UpdateItem");
    tables.issuances.grantQuery(this.adminApi, "byNode", "byExpiry", "waiting");
    tables.authorities.grantItems(this.adminApi, "GetItem");
    tables.authorities.grantItemsBeginning(this.adminApi, SIGNATURES_ID_PREFIX, "BatchGetItem");
    // It may write change requests, but not the trust bundle, which is another item.
    tables.authorities.grantItem(this.adminApi, CHANGE_REQUESTS_ID, "PutItem");
    tables.authorities.grantItem(this.adminApi, RECOVERY_ADMISSION_ID, "PutItem");
  }
}

function sharedProps({ state, logDays, tracing }: CertificateSigningServiceProps) {
  return {
    clusterName: state.clusterName,
    timeoutSeconds: TIMEOUT_SECONDS,
    logDays: logDays ?? RETENTION_DEFAULTS.logDays,
    tracing: tracing ?? false,
  };
}

function tableNames({ tables }: CertificateSigningState): NodeApiEnvironment {
  return {
    TOKENS_TABLE_NAME: tables.tokens.table.tableName,
    NODES_TABLE_NAME: tables.nodes.table.tableName,
    ISSUANCES_TABLE_NAME: tables.issuances.table.tableName,
    AUTHORITIES_TABLE_NAME: tables.authorities.table.tableName,
  };
}
