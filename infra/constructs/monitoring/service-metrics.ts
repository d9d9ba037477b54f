import { Duration } from "aws-cdk-lib";
import { MathExpression, Metric, Stats, type IMetric } from "aws-cdk-lib/aws-cloudwatch";
import { Construct } from "constructs";
import { isMlDsa, isRsa } from "../../../core/keys/key-type.ts";
import type { CertificateSigningService } from "../service/certificate-signing-service.ts";
import type { CertificateSigningState } from "../state/certificate-signing-state.ts";
import { LogMetrics } from "./log-metrics.ts";

export interface ServiceMetricsProps {
  readonly service: CertificateSigningService;
  readonly state: CertificateSigningState;
}

export const MINUTE = Duration.minutes(1);
export const FIVE_MINUTES = Duration.minutes(5);
export const HOUR = Duration.hours(1);

/** An alarm looks at ten metrics at most. Of more generations than these the oldest sign nothing any more. */
const MOST_KEYS = 8;

/** What alarms and dashboard look at: metrics of AWS and of the logs, and what they mean together. */
export class ServiceMetrics extends Construct {
  readonly logs: LogMetrics;
  private readonly state: CertificateSigningState;
  private readonly service: CertificateSigningService;

  constructor(scope: Construct, id: string, { service, state }: ServiceMetricsProps) {
    super(scope, id);
    this.service = service;
    this.state = state;
    this.logs = new LogMetrics(this, "Logs", {
      clusterName: state.clusterName,
      logGroups: {
        nodeApi: service.nodeApi.logGroup,
        adminApi: service.adminApi.logGroup,
        authority: service.authority.function.logGroup,
        events: service.events?.function.logGroup,
      },
    });
  }

  /** All that CloudWatch saw this account ask of keys of the CA's family: they share one quota. */
  kmsCalls(period: Duration): IMetric {
    // By what name CloudWatch counts ML-DSA is not published: our own keys' signatures are what can be seen of it.
    if (isMlDsa(this.state.keySpec)) return this.signaturesMade(period);
    return new Metric({
      namespace: "AWS/Usage",
      metricName: "CallCount",
      dimensionsMap: {
        Type: "API",
        Service: "KMS",
        Resource: `CryptographicOperations${isRsa(this.state.keySpec) ? "Rsa" : "Ecc"}`,
        Class: "None",
      },
      period,
      statistic: Stats.SUM,
    });
  }

  /** By whomever, with any issuing key of the deployment: KMS counts for each. */
  signaturesMade(period: Duration): IMetric {
    const metrics = this.state.issuingKeys.slice(-MOST_KEYS).map(
      ({ key }) =>
        new Metric({
          namespace: "AWS/KMS",
          metricName: "SuccessfulRequest",
          dimensionsMap: { KeyArn: key.keyArn, Operation: "Sign" },
          period,
          statistic: Stats.SUM,
        }),
    );
    const [only] = metrics;
    if (only !== undefined && metrics.length === 1) return only;
    const usingMetrics = Object.fromEntries(metrics.map((metric, index) => [`key${index}`, metric]));
    return sum(usingMetrics, period, "signatures with an issuing key");
  }

  /**
   * Signatures of the issuing key that our log knows nothing of. Lines and signatures of one moment may fall into two
   * periods: one in a hundred is no alarm.
   */
  foreignSignatures(period: Duration): MathExpression {
    return new MathExpression({
      expression: "FILL(made, 0) - 1.01 * FILL(asked, 0)",
      usingMetrics: { made: this.signaturesMade(period), asked: this.logs.metric("SignaturesAsked", period) },
      period,
      label: "signatures that the service did not ask for",
    });
  }

  /** Signatures that were asked for, not refused by KMS, and have no certificate or list on record. */
  orphanedSignatures(period: Duration): MathExpression {
    return new MathExpression({
      expression: "0.99 * FILL(asked, 0) - FILL(kept, 0) - FILL(busy, 0)",
      usingMetrics: {
        asked: this.logs.metric("SignaturesAsked", period),
        kept: this.logs.metric("SignaturesKept", period),
        busy: this.logs.metric("SignerBusy", period),
      },
      period,
      label: "signatures without a certificate or list",
    });
  }

  /** Of the tables that requests write. */
  failedConditionalChecks(period: Duration): MathExpression {
    const { tokens, nodes, issuances } = this.state.tables;
    const usingMetrics = Object.fromEntries(
      Object.entries({ tokens, nodes, issuances }).map(([kind, { table }]): [string, IMetric] => [
        kind,
        new Metric({
          namespace: "AWS/DynamoDB",
          metricName: "ConditionalCheckFailedRequests",
          dimensionsMap: { TableName: table.tableName },
          period,
          statistic: Stats.SUM,
        }),
      ]),
    );
    return sum(usingMetrics, period, "failed conditional checks");
  }

  throttles(period: Duration): MathExpression {
    const { nodeApi, adminApi } = this.service;
    const of = ({ function: lambda }: typeof nodeApi): IMetric =>
      lambda.metricThrottles({ period, statistic: Stats.SUM });
    return sum({ nodeApi: of(nodeApi), adminApi: of(adminApi) }, period, "calls beyond the reserved concurrency");
  }
}

/** Missing values count for nothing, and not for "unknown": these sums are missing only where all of it is. */
export function sum(usingMetrics: Record<string, IMetric>, period: Duration, label: string): MathExpression {
  return new MathExpression({
    expression: `SUM([${Object.keys(usingMetrics).join(", ")}])`,
    usingMetrics,
    period,
    label,
  });
}
