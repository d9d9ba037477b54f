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

/** An alarm uses ten metrics at most. Generations older than these eight sign nothing any more. */
const MOST_KEYS = 8;

/** The metrics of alarms and dashboard: those of AWS and of the logs, and expressions over them. */
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
      hasRolesAnywhere: service.rolesAnywhere !== undefined,
      logGroups: {
        nodeApi: service.nodeApi.logGroup,
        adminApi: service.adminApi.logGroup,
        authority: service.authority.function.logGroup,
        events: service.events?.function.logGroup,
      },
    });
  }

  /** This account's KMS calls for keys of the CA's family, which share one quota. */
  kmsCalls(period: Duration): IMetric {
    // CloudWatch's name for ML-DSA calls is not published, so only our own keys' signatures are counted.
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

  /** All signatures with the deployment's issuing keys, by any caller: KMS counts them per key. */
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
   * Signatures of the issuing key that are not in our log. A line and its signature may fall into two periods, so one
   * in a hundred is tolerated.
   */
  foreignSignatures(period: Duration): MathExpression {
    return new MathExpression({
      expression: "FILL(made, 0) - 1.01 * FILL(asked, 0)",
      usingMetrics: { made: this.signaturesMade(period), asked: this.logs.metric("SignaturesAsked", period) },
      period,
      label: "signatures that the service did not ask for",
    });
  }

  /** Signatures that were asked for and not refused by KMS, but have no certificate or list on record. */
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

  /** For the tables that requests write. */
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

/** A missing value counts as zero. The sum is missing only when all its metrics are. */
export function sum(usingMetrics: Record<string, IMetric>, period: Duration, label: string): MathExpression {
  return new MathExpression({
    expression: `SUM([${Object.keys(usingMetrics).join(", ")}])`,
    usingMetrics,
    period,
    label,
  });
}
