import { Duration } from "aws-cdk-lib";
import { Metric, Stats } from "aws-cdk-lib/aws-cloudwatch";
import { FilterPattern, MetricFilter, type ILogGroup, type JsonPattern } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";

/** The logs that metrics are read from. */
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
  /** The value that a line counts. The default is one per line. */
  readonly value?: string;
  /** Whether it is about IAM Roles Anywhere, which few deployments have. */
  readonly isOfRolesAnywhere?: true;
  /** Lines of the authority function that count too. */
  readonly lists?: JsonPattern;
}

const line = (message: string): JsonPattern => FilterPattern.stringValue("$.message", "=", message);
const refused = (code: string): JsonPattern =>
  FilterPattern.all(line("request_refused"), FilterPattern.stringValue("$.refusalCode", "=", code));

/** Lists that are signed with an issuing key: the metrics of KMS signatures leave out root keys. */
const ofIssuingList = (...patterns: JsonPattern[]): JsonPattern =>
  FilterPattern.all(...patterns, FilterPattern.stringValue("$.authorityId", "=", "issuing-*"));

/**
 * Each costs $0.30 in a month in which it always has data, and nothing when it has none. Each has an alarm or a graph.
 */
const LOG_METRICS = {
  /** The signatures that KMS was asked for. The line is written just before the call. */
  SignaturesAsked: {
    log: "nodeApi",
    pattern: FilterPattern.any(line("certificate_reserved"), line("ocsp_responder_reserved")),
    lists: ofIssuingList(line("revocation_list_reserved")),
  },
  /** The signatures that are on record. */
  SignaturesKept: {
    log: "nodeApi",
    pattern: FilterPattern.any(line("certificate_issued"), line("ocsp_responder_certified")),
    lists: ofIssuingList(line("revocation_list_published")),
  },
  CertificatesIssued: { log: "nodeApi", pattern: line("certificate_issued") },
  /** Certificates enrolled with a token. The others are renewals. */
  FirstCertificates: {
    log: "nodeApi",
    pattern: FilterPattern.all(line("certificate_issued"), FilterPattern.exists("$.tokenId")),
  },
  CertificatesRecovered: { log: "nodeApi", pattern: line("certificate_recovered") },
  RequestsPending: { log: "nodeApi", pattern: line("request_pending") },
  RequestsDenied: { log: "nodeApi", pattern: line("request_denied") },
  InvalidTokens: { log: "nodeApi", pattern: refused("invalid_token") },
  /** KMS throttles or is unavailable. */
  SignerBusy: {
    log: "nodeApi",
    pattern: refused("signer_busy"),
    lists: ofIssuingList(
      line("revocation_list_failed"),
      FilterPattern.stringValue("$.refusalCode", "=", "signer_busy"),
    ),
  },
  /** DynamoDB throttles or is unavailable. */
  DatabaseBusy: { log: "nodeApi", pattern: refused("rate_limited") },
  SupersededCertificatesUsed: { log: "nodeApi", pattern: line("certificate_superseded_used") },
  CertificatesRevoked: {
    log: "adminApi",
    pattern: FilterPattern.any(line("certificate_revoked"), line("node_revoked")),
  },
  /** One value for each active CA in each reconciliation. Their minimum is the CA that expires first. */
  AuthorityDaysLeft: {
    log: "authority",
    pattern: FilterPattern.all(
      line("authority_days_left"),
      FilterPattern.stringValue("$.authorityState", "=", "active"),
    ),
    value: "$.daysLeft",
  },
  /** Operators' revocations take seven tenths of what a list can hold, or displaced certificates found no room. */
  RevocationListsFilling: {
    log: "authority",
    pattern: FilterPattern.any(line("revocation_list_filling"), line("revocation_list_shortened")),
  },
  AuthoritiesExpiringSoon: { log: "authority", pattern: line("authority_expires_soon") },
  /** CA certificates and lists that @peculiar/x509 reads differently from the plan. */
  InspectionsFailed: { log: "authority", pattern: line("inspection_failed") },
  /** What IAM Roles Anywhere lacks: a CA, or a revocation list. */
  RolesAnywhereFailures: { log: "authority", pattern: line("roles_anywhere_failed"), isOfRolesAnywhere: true },
  /** The nodes that became overdue since the last check. */
  NodesOverdue: { log: "authority", pattern: line("nodes_overdue"), value: "$.nodeCount" },
  EventsLost: { log: "events", pattern: line("event_lost") },
} as const satisfies Readonly<Record<string, LogMetric>>;

export type LogMetricName = keyof typeof LOG_METRICS;

export interface LogMetricsProps {
  readonly clusterName: string;
  readonly logGroups: LogGroups;
  readonly hasRolesAnywhere: boolean;
}

/** Metrics counted from the logs, at no cost to requests. Clusters of one account never share one. */
export class LogMetrics extends Construct {
  private readonly namespace: string;

  constructor(scope: Construct, id: string, { clusterName, logGroups, hasRolesAnywhere }: LogMetricsProps) {
    super(scope, id);
    this.namespace = `Nodeseal/${clusterName}`;
    for (const [metricName, metric] of Object.entries<LogMetric>(LOG_METRICS)) {
      const { pattern, lists, value = "1", isOfRolesAnywhere = false } = metric;
      if (isOfRolesAnywhere && !hasRolesAnywhere) continue;
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
