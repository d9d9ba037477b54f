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
  /** Lines of the authority function that count as much. */
  readonly lists?: JsonPattern;
}

const line = (message: string): JsonPattern => FilterPattern.stringValue("$.message", "=", message);
const refused = (code: string): JsonPattern =>
  FilterPattern.all(line("request_refused"), FilterPattern.stringValue("$.refusalCode", "=", code));

/** Of lists that are signed with an issuing key: a root's are not among the signatures that KMS is asked about. */
const ofIssuingList = (...patterns: JsonPattern[]): JsonPattern =>
  FilterPattern.all(...patterns, FilterPattern.stringValue("$.authorityId", "=", "issuing-*"));

/** Each costs $0.30 in a month in which it is fed all the time, and nothing where nothing happens: none without a reader. */
const LOG_METRICS = {
  /** What KMS was asked to sign: the line is written just before. */
  SignaturesAsked: {
    log: "nodeApi",
    pattern: line("certificate_reserved"),
    lists: ofIssuingList(line("revocation_list_reserved")),
  },
  /** What is on record of it, with its signature. */
  SignaturesKept: {
    log: "nodeApi",
    pattern: line("certificate_issued"),
    lists: ofIssuingList(line("revocation_list_published")),
  },
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
  SignerBusy: {
    log: "nodeApi",
    pattern: refused("signer_busy"),
    lists: ofIssuingList(
      line("revocation_list_failed"),
      FilterPattern.stringValue("$.refusalCode", "=", "signer_busy"),
    ),
  },
  /** DynamoDB throttles, or is not to be had. */
  DatabaseBusy: { log: "nodeApi", pattern: refused("rate_limited") },
  SupersededCertificatesUsed: { log: "nodeApi", pattern: line("certificate_superseded_used") },
  CertificatesRevoked: {
    log: "adminApi",
    pattern: FilterPattern.any(line("certificate_revoked"), line("node_revoked")),
  },
  /** One value for each active CA in each reconciliation: their minimum is the one that ends first. */
  AuthorityDaysLeft: {
    log: "authority",
    pattern: FilterPattern.all(
      line("authority_days_left"),
      FilterPattern.stringValue("$.authorityState", "=", "active"),
    ),
    value: "$.daysLeft",
  },
  AuthoritiesExpiringSoon: { log: "authority", pattern: line("authority_expires_soon") },
  /** What @peculiar/x509 reads otherwise than planned. */
  InspectionsFailed: { log: "authority", pattern: line("inspection_failed") },
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
      const { pattern, lists, value = "1" } = metric;
      this.count(metricName, metricName, logGroups[metric.log], pattern, value);
      if (lists !== undefined) this.count(`${metricName}Lists`, metricName, logGroups.authority, lists, value);
    }
  }

  private count(
    id: string,
    metricName: string,
    logGroup: ILogGroup | undefined,
    filterPattern: JsonPattern,
    metricValue: string,
  ): void {
    if (logGroup === undefined) return;
    new MetricFilter(this, id, {
      logGroup,
      metricNamespace: this.namespace,
      metricName,
      filterPattern,
      metricValue,
    });
  }

  metric(metricName: LogMetricName, period: Duration, statistic: string = Stats.SUM): Metric {
    return new Metric({ namespace: this.namespace, metricName, period, statistic });
  }
}
