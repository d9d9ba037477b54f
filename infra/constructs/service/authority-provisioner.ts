import { createHash } from "node:crypto";
import { CustomResource, Duration, RemovalPolicy } from "aws-cdk-lib";
import { Rule, RuleTargetInput, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { RevocationListPlan } from "../../../core/authority/revocation-list-plan.ts";
import { SIGNATURES_ID_PREFIX } from "../../../core/keys/signature-register.ts";
import type { DeployedPlanDocument } from "../../../lambdas/authority/deployed-plan.ts";
import type { AuthorityEnvironment } from "../../../lambdas/authority/environment.ts";
import type { ScheduledReconciliation } from "../../../lambdas/authority/handler.ts";
import type { LogRetentionDays } from "../../configuration/service-defaults.ts";
import type { CertificateSigningState } from "../state/certificate-signing-state.ts";
import { endOfTheLine } from "./end-of-the-line.ts";
import type { RolesAnywhere } from "./roles-anywhere.ts";
import { ServiceFunction } from "./service-function.ts";

export interface AuthorityProvisionerProps {
  readonly state: CertificateSigningState;
  readonly rootLifetimeSeconds: number;
  readonly issuingLifetimeSeconds: number;
  /** Null: limited by the account's pool. */
  readonly reservedConcurrency: number | null;
  /** The longest lifetime that the policy allows. */
  readonly longestLifetimeSeconds: number;
  /** By signer: for how long after its end a certificate may still be renewed. */
  readonly recoveryWindowSeconds: Readonly<Record<string, number>>;
  readonly revocationLists: RevocationListPlan | undefined;
  readonly validatorWaitSeconds: number;
  readonly forcedRetirementTakesTwo: boolean;
  readonly rolesAnywhere: RolesAnywhere | undefined;
  readonly logDays: LogRetentionDays;
  readonly tracing: boolean;
}

/** Deployed with the function's code. */
const PLAN_FILE = "authority-plan.json";

/** The time between reconciliations. A change request waits at most this long. */
const INTERVAL = Duration.minutes(5);

/**
 * Makes root and issuing CA at the first deployment, finds them at every other, and publishes the trust bundle. Between
 * deployments it maintains the CAs and finds nodes that have stopped renewing.
 */
export class AuthorityProvisioner extends Construct {
  readonly function: ServiceFunction;
  /** Failed events that CloudFormation never learned of: read it when a deployment hangs. */
  readonly failures: Queue;
  /** S3 version of the published trust bundle. It changes with the bundle, so that a domain can be pinned to it. */
  readonly trustBundleVersion: string;
  /** Hexadecimal SHA-256 of the SPKI of the root. In a single-tier hierarchy, of the issuing CA. */
  readonly rootSpkiSha256: string;

  constructor(scope: Construct, id: string, props: AuthorityProvisionerProps) {
    super(scope, id);
    const { state } = props;
    this.failures = endOfTheLine(this, "Failures");
    const plan = JSON.stringify(planOf(props));
    const environment: AuthorityEnvironment = {
      AUTHORITIES_TABLE_NAME: state.tables.authorities.table.tableName,
      NODES_TABLE_NAME: state.tables.nodes.table.tableName,
      ISSUANCES_TABLE_NAME: state.tables.issuances.table.tableName,
      TRUST_BUNDLE_BUCKET_NAME: state.trustBundle.bucket.bucketName,
      TRUST_BUNDLE_OBJECT_KEY: state.trustBundle.objectKey,
      AUTHORITY_PLAN_FILE: `/var/task/${PLAN_FILE}`,
      ...(props.rolesAnywhere && { ROLES_ANYWHERE_TRUST_ANCHOR_ARN: props.rolesAnywhere.trustAnchorArn }),
    };
    this.function = new ServiceFunction(this, "Function", {
      functionName: "authority",
      clusterName: state.clusterName,
      description: "Creates the CAs, publishes the trust bundle, and finds nodes that have stopped renewing",
      environment: { ...environment },
      files: { [PLAN_FILE]: plan },
      memoryMegabytes: 512,
      reservedConcurrency: props.reservedConcurrency,
      // The inventory of a large fleet is read before a root is activated.
      timeoutSeconds: 300,
      logDays: props.logDays,
      tracing: props.tracing,
      failures: this.failures,
    });
    this.grant(state);
    props.rolesAnywhere?.grantFollow(this.function);
    const resource = new CustomResource(this, "Authorities", {
      resourceType: "Custom::NodesealAuthorities",
      serviceToken: this.function.function.functionArn,
      serviceTimeout: Duration.minutes(10),
      removalPolicy: RemovalPolicy.RETAIN,
      // Changes with the plan, so that CloudFormation calls the function. The function does not trust its value.
      properties: { PlanSha256: createHash("sha256").update(plan).digest("hex") },
    });
    // The role's policy must be attached first.
    resource.node.addDependency(this.function);
    this.addSchedule();
    this.trustBundleVersion = resource.getAttString("TrustBundleVersion");
    this.rootSpkiSha256 = resource.getAttString("RootSpkiSha256");
  }

  private addSchedule(): void {
    const rule = new Rule(this, "Rounds", {
      description:
        "Maintains the CAs (change requests, expiry, publication), and finds nodes that have stopped renewing",
      schedule: Schedule.rate(INTERVAL),
    });
    rule.addTarget(
      new LambdaFunction(this.function.function, {
        event: RuleTargetInput.fromObject({ act: "reconcile" } satisfies ScheduledReconciliation),
        deadLetterQueue: this.failures,
        // The next reconciliation comes anyway.
        maxEventAge: INTERVAL,
        retryAttempts: 0,
      }),
    );
  }

  private grant(state: CertificateSigningState): void {
    const { tables, rootKeys, issuingKeys, awaitedKeys, hasRevocationLists, trustBundle } = state;
    tables.authorities.grantItems(this.function, "GetItem", "PutItem");
    tables.authorities.grantItemsBeginning(this.function, SIGNATURES_ID_PREFIX, "UpdateItem");
    // To find nodes that have stopped renewing.
    tables.nodes.grantItems(this.function, "BatchGetItem");
    tables.issuances.grantItems(this.function, "BatchGetItem");
    tables.issuances.grantQuery(this.function, "byExpiry");
    // To check whether the previous CA is still in use.
    if (issuingKeys.length > 1) tables.nodes.grantItems(this.function, "GetItem");
    // To check whether the fleet is ready for the next root.
    if (rootsOf(state).length > 1) tables.nodes.grantQuery(this.function, "byName");
    // Before there is a CA there are no lists.
    const hasLists = hasRevocationLists && awaitedKeys.size < issuingKeys.length;
    if (hasLists) tables.issuances.grantQuery(this.function, "revoked");
    for (const key of rootKeys) {
      key.grantRead(this.function);
      key.grantSign(this.function);
    }
    for (const key of issuingKeys) {
      key.grantRead(this.function);
      if (state.isSingleTier || hasRevocationLists || awaitedKeys.has(key)) key.grantSign(this.function);
    }
    trustBundle.grantPublish(this.function);
  }
}

/** The roots that verifiers trust. */
function rootsOf({ externalCa, isSingleTier, rootKeys, issuingKeys }: CertificateSigningState): readonly unknown[] {
  return externalCa?.roots ?? (isSingleTier ? issuingKeys : rootKeys);
}

/** The plan that is deployed with the code. All of it is known at synth. */
function planOf({ state, revocationLists, ...lifetimes }: AuthorityProvisionerProps): DeployedPlanDocument {
  const { externalCa, isSingleTier, rootKeys, issuingKeys } = state;
  return {
    clusterName: state.clusterName,
    hierarchy: externalCa !== undefined ? "external" : isSingleTier ? "single" : "own",
    keySpec: state.keySpec,
    rootLifetimeSeconds: lifetimes.rootLifetimeSeconds,
    issuingLifetimeSeconds: lifetimes.issuingLifetimeSeconds,
    longestLifetimeSeconds: lifetimes.longestLifetimeSeconds,
    recoveryWindowSeconds: lifetimes.recoveryWindowSeconds,
    validatorWaitSeconds: lifetimes.validatorWaitSeconds,
    forcedRetirementTakesTwo: lifetimes.forcedRetirementTakesTwo,
    generations: { root: Math.max(1, rootKeys.length), issuing: issuingKeys.length },
    revocationLists: revocationLists === undefined ? null : listsOf(revocationLists),
    externalCa:
      externalCa === undefined
        ? null
        : { roots: externalCa.roots.join(""), issuingCertificates: { ...externalCa.issuingCertificates } },
  };
}

function listsOf({ lifetimeSeconds, shards, url }: RevocationListPlan): DeployedPlanDocument["revocationLists"] {
  return { lifetimeSeconds, shards, ...(url === undefined ? {} : { url }) };
}
