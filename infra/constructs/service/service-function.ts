import { Duration, Lazy, RemovalPolicy, Validations } from "aws-cdk-lib";
import {
  Policy,
  PolicyStatement,
  Role,
  ServicePrincipal,
  type Conditions,
  type IGrantable,
  type IPrincipal,
} from "aws-cdk-lib/aws-iam";
import { Architecture, Function as LambdaFunction, Runtime, Tracing } from "aws-cdk-lib/aws-lambda";
import { SqsDestination } from "aws-cdk-lib/aws-lambda-destinations";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { functionCode } from "../../bundle/function-code.ts";
import type { Signer } from "../state/authority-key.ts";
import { functionRoleName, type FunctionName } from "../../settings/function-role-name.ts";
import { RETENTION_DAYS } from "../../settings/retention-days.ts";
import type { FunctionSettings, LogRetentionDays } from "../../configuration/service-defaults.ts";

export interface ServiceFunctionProps extends FunctionSettings {
  readonly functionName: FunctionName;
  readonly clusterName: string;
  readonly description: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  readonly logDays: LogRetentionDays;
  readonly tracing: boolean;
  /** Files deployed with the code, at `/var/task/`: name to content. */
  readonly files?: Readonly<Record<string, string>>;
  /** Another function whose code, role and log this one shares. It differs in its reserved concurrency. */
  readonly alongside?: ServiceFunction;
  /** The queue for asynchronous calls that failed for good. @default - the function is called synchronously only */
  readonly failures?: IQueue;
}

/** One function, its role and its log. The role may write its log, and do what is granted to it. */
export class ServiceFunction extends Construct implements IGrantable, Signer {
  readonly function: LambdaFunction;
  readonly role: Role;
  readonly logGroup: LogGroup;
  readonly grantPrincipal: IPrincipal;
  /** All functions that run as this role: this one, and those that share it. */
  private readonly functionArns: string[];
  private signing: Policy | undefined;

  constructor(scope: Construct, id: string, props: ServiceFunctionProps) {
    super(scope, id);
    this.logGroup = props.alongside?.logGroup ?? this.newLogGroup(props);
    this.role = props.alongside?.role ?? this.newRole(props);
    this.grantPrincipal = this.role;
    this.function = new LambdaFunction(this, "Function", {
      description: props.description,
      code: functionCode(this, props.functionName, props.files ?? {}),
      handler: "index.handler",
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      role: this.role,
      environment: { ...props.environment },
      memorySize: props.memoryMegabytes,
      timeout: Duration.seconds(props.timeoutSeconds),
      ...(props.reservedConcurrency === null ? {} : { reservedConcurrentExecutions: props.reservedConcurrency }),
      logGroup: this.logGroup,
      tracing: props.tracing ? Tracing.ACTIVE : Tracing.DISABLED,
      ...(props.failures === undefined ? {} : { onFailure: new SqsDestination(props.failures), retryAttempts: 2 }),
    });
    this.functionArns = props.alongside?.functionArns ?? [];
    this.functionArns.push(this.function.functionArn);
    this.acknowledge(props);
  }

  /**
   * Lets only this function sign, and not everything that runs as its role: otherwise `iam:PassRole` and another
   * function would be enough. `lambda:SourceFunctionArn` works in IAM policies, not in key policies. It is a policy of
   * its own: it names the function, and the function depends on its role's other policy.
   */
  grantSign(keyArn: string, conditions: Conditions): void {
    this.signing ??= new Policy(this, "Signing", { roles: [this.role] });
    this.signing.addStatements(
      new PolicyStatement({
        actions: ["kms:Sign"],
        resources: [keyArn],
        conditions: {
          ...conditions,
          ArnEquals: { "lambda:SourceFunctionArn": Lazy.list({ produce: () => this.functionArns }) },
        },
      }),
    );
  }

  private newLogGroup({ logDays }: ServiceFunctionProps): LogGroup {
    return new LogGroup(this, "Log", { retention: RETENTION_DAYS[logDays], removalPolicy: RemovalPolicy.RETAIN });
  }

  private newRole({ clusterName, functionName }: ServiceFunctionProps): Role {
    const role = new Role(this, "Role", {
      roleName: functionRoleName(clusterName, functionName),
      assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
    });
    this.logGroup.grantWrite(role);
    return role;
  }

  private acknowledge({ failures, tracing }: ServiceFunctionProps): void {
    const validations = Validations.of(this.function);
    validations.acknowledge({
      id: "Serverless-LambdaDLQ",
      reason:
        failures === undefined
          ? "API Gateway calls it synchronously: a failure is the caller's to see, there is nothing to keep"
          : "Its failure destination is a queue, which gets the error as well as the event",
    });
    if (tracing) {
      Validations.of(this.role).acknowledge({
        id: "AwsSolutions-IAM5[Resource::*]",
        reason: "Traces belong to no resource: X-Ray's actions take no other",
      });
    } else {
      validations.acknowledge({
        id: "Serverless-LambdaTracing",
        reason: "A switch of the configuration: traces cost more than the rest of the service when it is busy",
      });
    }
  }
}
