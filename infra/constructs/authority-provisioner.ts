import { CustomResource, Duration, RemovalPolicy } from "aws-cdk-lib";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { AuthorityEnvironment } from "../../lambdas/authority/environment.ts";
import type { LogRetentionDays } from "../service-defaults.ts";
import type { CertificateSigningState } from "./certificate-signing-state.ts";
import { endOfTheLine } from "./end-of-the-line.ts";
import { ServiceFunction } from "./service-function.ts";

export interface AuthorityProvisionerProps {
  readonly state: CertificateSigningState;
  readonly rootLifetimeSeconds: number;
  readonly issuingLifetimeSeconds: number;
  /** Null leaves it to the account's pool. */
  readonly reservedConcurrency: number | null;
  readonly logDays: LogRetentionDays;
  readonly tracing: boolean;
}

/** Makes root and issuing CA at the first deployment, finds them at every other, and publishes what to trust. */
export class AuthorityProvisioner extends Construct {
  readonly function: ServiceFunction;
  /** What CloudFormation never heard of: read it when a deployment hung. */
  readonly failures: Queue;
  /** S3 version of the published trust bundle: changes when it does, so that a domain can be pinned to it. */
  readonly trustBundleVersion: string;
  /** SHA-256 of the root's SPKI, hexadecimal. */
  readonly rootSpkiSha256: string;

  constructor(scope: Construct, id: string, props: AuthorityProvisionerProps) {
    super(scope, id);
    const { state } = props;
    this.failures = endOfTheLine(this, "Failures");
    const environment: AuthorityEnvironment = {
      AUTHORITIES_TABLE_NAME: state.tables.authorities.table.tableName,
      TRUST_BUNDLE_BUCKET_NAME: state.trustBundle.bucket.bucketName,
      TRUST_BUNDLE_OBJECT_KEY: state.trustBundle.objectKey,
    };
    this.function = new ServiceFunction(this, "Function", {
      functionName: "authority",
      clusterName: state.clusterName,
      description: "Creates the CAs and publishes what to trust",
      environment: { ...environment },
      memoryMegabytes: 512,
      reservedConcurrency: props.reservedConcurrency,
      timeoutSeconds: 60,
      logDays: props.logDays,
      tracing: props.tracing,
      failures: this.failures,
    });
    this.grant(state);
    const resource = new CustomResource(this, "Authorities", {
      resourceType: "Custom::NodesealAuthorities",
      serviceToken: this.function.function.functionArn,
      serviceTimeout: Duration.minutes(10),
      removalPolicy: RemovalPolicy.RETAIN,
      properties: {
        ClusterName: state.clusterName,
        KeySpec: state.keySpec,
        RootLifetimeSeconds: props.rootLifetimeSeconds,
        IssuingLifetimeSeconds: props.issuingLifetimeSeconds,
      },
    });
    // Not before the role has its policy.
    resource.node.addDependency(this.function);
    this.trustBundleVersion = resource.getAttString("TrustBundleVersion");
    this.rootSpkiSha256 = resource.getAttString("RootSpkiSha256");
  }

  private grant({ tables, rootKey, issuingKey, trustBundle }: CertificateSigningState): void {
    tables.authorities.grantItems(this.function, "GetItem", "PutItem");
    rootKey.grantRead(this.function);
    rootKey.grantSign(this.function);
    issuingKey.grantRead(this.function);
    trustBundle.grantPublish(this.function);
  }
}
