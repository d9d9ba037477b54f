import { Aws } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import { FilterPattern, SubscriptionFilter, type ILogGroup } from "aws-cdk-lib/aws-logs";
import { LambdaDestination } from "aws-cdk-lib/aws-logs-destinations";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { EVENT_SOURCE, PUBLISHED_LINES } from "../../../core/audit/service-event.ts";
import type { EventsEnvironment } from "../../../lambdas/events/environment.ts";
import type { LogRetentionDays } from "../../configuration/service-defaults.ts";
import { endOfTheLine } from "./end-of-the-line.ts";
import { ServiceFunction } from "./service-function.ts";

export interface ServiceEventsProps {
  readonly clusterName: string;
  /** An event bus of this account and Region. `default` always exists. */
  readonly busName: string;
  /** Null: limited by the account's pool. */
  readonly reservedConcurrency: number | null;
  /** The logs whose audit lines are published, by the id of the subscription. */
  readonly logGroups: Readonly<Record<string, ILogGroup>>;
  readonly logDays: LogRetentionDays;
  readonly tracing: boolean;
}

/**
 * Publishes events of the audit log to EventBridge. No request waits for it. No function that faces the network may put
 * events: everything published has passed through the log, and stays there.
 */
export class ServiceEvents extends Construct {
  readonly function: ServiceFunction;
  /** Batches of log lines that could not be published after all retries. */
  readonly failures: Queue;

  constructor(scope: Construct, id: string, props: ServiceEventsProps) {
    super(scope, id);
    this.failures = endOfTheLine(this, "Failures");
    const environment: EventsEnvironment = { CLUSTER_NAME: props.clusterName, EVENT_BUS_NAME: props.busName };
    this.function = new ServiceFunction(this, "Function", {
      functionName: "events",
      clusterName: props.clusterName,
      description: "Publishes what the audit log says",
      environment: { ...environment },
      memoryMegabytes: 256,
      reservedConcurrency: props.reservedConcurrency,
      timeoutSeconds: 60,
      logDays: props.logDays,
      tracing: props.tracing,
      failures: this.failures,
    });
    this.function.role.addToPolicy(
      new PolicyStatement({
        actions: ["events:PutEvents"],
        resources: [`arn:${Aws.PARTITION}:events:${Aws.REGION}:${Aws.ACCOUNT_ID}:event-bus/${props.busName}`],
        // On a shared bus it can only publish as its own source.
        conditions: { StringEquals: { "events:source": EVENT_SOURCE } },
      }),
    );
    const destination = new LambdaDestination(this.function.function);
    for (const [subscription, logGroup] of Object.entries(props.logGroups)) {
      new SubscriptionFilter(this, subscription, {
        logGroup,
        destination,
        filterPattern: FilterPattern.any(
          ...PUBLISHED_LINES.map((message) => FilterPattern.stringValue("$.message", "=", message)),
        ),
      });
    }
  }
}
