import { Duration } from "aws-cdk-lib";
import { Metric, Stats } from "aws-cdk-lib/aws-cloudwatch";
import { FilterPattern, MetricFilter, type ILogGroup, type JsonPattern } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";

/** Whose log a metric is read from. */
export interface LogGroups {
  readonly nodeApi: ILogGroup;
  readonly adminApi: ILogGroup;
  readonly authority: ILogGroup;
  /** Undefined where a deployment has no events. */
  readonly events: ILogGroup | undefined;
}

interface LogMetric {
  readonly log: keyof LogGroups;
  readonly pattern: JsonPattern;
  /** What a line counts for; one line by default. */
  readonly value?: string;
}

const line = (message: string): JsonPattern => FilterPattern.stringValue("$.message", "=", message);
const refused = (code: string): JsonPattern =>
  FilterPattern.all(line("request_refused"), FilterPattern.stringValue("$.refusalCode", "=", code));

/** Each costs $0.30 in a month in which it is fed all the time, and nothing where nothing happens: none without a reader. */
const LOG_METRICS = {
  /** What KMS was asked to sign: the line is written just before. */
  SignaturesAsked: { log: "nodeApi", pattern: line("certificate_reserved") },
  CertificatesIssued: { log: "nodeApi", pattern: line("certificate_issued") },
  /** Those that a token paid for; the others are renewals. */
  FirstCertificates: {
    log: "nodeApi",
    pattern: FilterPattern.all(line("certificate_issued"), FilterPattern.exists("$.tokenId")),
  },
  CertificatesRecovered: { log: "nodeApi", pattern: line("certificate_recovered") },
  RequestsPending: { log: "nodeApi", pattern: line("request_pending") },
  RequestsDenied: { log: "nodeApi", pattern: line("request_denied") },
  InvalidTokens: { log: "nodeApi", pattern: refused("invalid_token") },
  /** KMS throttles, or is not to be had. */
  SignerBusy: { log: "nodeApi", pattern: refused("signer_busy") },
  /** DynamoDB throttles, or is not to be had. */
  DatabaseBusy: { log: "nodeApi", pattern: refused("rate_limited") },
  SupersededCertificatesUsed: { log: "nodeApi", pattern: line("certificate_superseded_used") },
  CertificatesRevoked: {
    log: "adminApi",
    pattern: FilterPattern.any(line("certificate_revoked"), line("node_revoked")),
  },
  /** One value for each active CA in each round: their minimum is the one that ends first. */
  AuthorityDaysLeft: {
    log: "authority",
    pattern: FilterPattern.all(
      line("authority_days_left"),
      FilterPattern.stringValue("$.authorityState", "=", "active"),
    ),
    value: "$.daysLeft",
  },
  AuthoritiesExpiringSoon: { log: "authority", pattern: line("authority_expires_soon") },
  /** Those that came to be overdue since the last look. */
  NodesOverdue: { log: "authority", pattern: line("nodes_overdue"), value: "$.nodeCount" },
  EventsLost: { log: "events", pattern: line("event_lost") },
} as const satisfies Readonly<Record<string, LogMetric>>;

export type LogMetricName = keyof typeof LOG_METRICS;

export interface LogMetricsProps {
  readonly clusterName: string;
  readonly logGroups: LogGroups;
}

/** Metrics counted from the logs: no request makes them, and two clusters of one account never share one. */
export class LogMetrics extends Construct {
  private readonly namespace: string;

  constructor(scope: Construct, id: string, { clusterName, logGroups }: LogMetricsProps) {
    super(scope, id);
    this.namespace = `Nodeseal/${clusterName}`;
    for (const [metricName, metric] of Object.entries<LogMetric>(LOG_METRICS)) {
      const logGroup = logGroups[metric.log];
      if (logGroup === undefined) continue;
      new MetricFilter(this, metricName, {
        logGroup,
        metricNamespace: this.namespace,
        metricName,
        filterPattern: metric.pattern,
        metricValue: metric.value ?? "1",
      });
    }
  }

  metric(metricName: LogMetricName, period: Duration, statistic: string = Stats.SUM): Metric {
    return new Metric({ namespace: this.namespace, metricName, period, statistic });
  }
}
