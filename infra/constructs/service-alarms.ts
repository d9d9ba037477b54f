import { Duration } from "aws-cdk-lib";
import {
  Alarm,
  ComparisonOperator,
  Dashboard,
  GraphWidget,
  MathExpression,
  Metric,
  Stats,
  TreatMissingData,
  type IMetric,
} from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { FilterPattern, MetricFilter, type ILogGroup } from "aws-cdk-lib/aws-logs";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import type { CertificateSigningService } from "./certificate-signing-service.ts";
import type { CertificateSigningState } from "./certificate-signing-state.ts";

export interface ServiceAlarmsProps {
  readonly service: CertificateSigningService;
  readonly state: CertificateSigningState;
  /** @default - alarms change colour and tell nobody */
  readonly topic?: ITopic;
}

const FIVE_MINUTES = Duration.minutes(5);
const MINUTE = Duration.minutes(1);

/** 80 % of the KMS quota of 1,000 signatures a second, for a minute. */
const SIGNATURES_A_MINUTE = 0.8 * 1000 * 60;

/** What must wake somebody, and one dashboard of it. Each alarm costs $0.10 a month: there is none without a reader. */
export class ServiceAlarms extends Construct {
  readonly alarms: readonly Alarm[];
  private readonly props: ServiceAlarmsProps;

  constructor(scope: Construct, id: string, props: ServiceAlarmsProps) {
    super(scope, id);
    this.props = props;
    this.alarms = [...this.faults(), ...this.load(), ...this.attacks()];
    const dashboard = new Dashboard(this, "Dashboard", { dashboardName: props.state.clusterName });
    dashboard.addWidgets(...this.alarms.map((alarm) => widgetOf(alarm)));
  }

  private faults(): Alarm[] {
    const { frontDoor, nodeApi, authority } = this.props.service;
    return [
      this.alarm("ServerErrors", "The API answers 5xx: see the log of node-api and admin-api", 1, {
        metric: frontDoor.api.metricServerError({ period: FIVE_MINUTES, statistic: Stats.SUM }),
      }),
      this.alarm("Slow", "One request in a hundred takes over 5 s: KMS or DynamoDB is slow or throttling", 5000, {
        metric: nodeApi.function.metricDuration({ period: FIVE_MINUTES, statistic: Stats.p(99) }),
      }),
      this.alarm("DeploymentFailures", "The authority function failed for good: read its queue", 1, {
        metric: authority.failures.metricApproximateNumberOfMessagesVisible({ period: FIVE_MINUTES }),
      }),
    ];
  }

  private load(): Alarm[] {
    const { nodeApi } = this.props.service;
    return [
      this.alarm("Throttles", "node-api is at its reserved concurrency: nodes wait", 1, {
        metric: nodeApi.function.metricThrottles({ period: FIVE_MINUTES, statistic: Stats.SUM }),
      }),
      this.alarm(
        "SignaturesNearQuota",
        "Four fifths of the KMS quota are used: ask for a higher one",
        SIGNATURES_A_MINUTE,
        {
          metric: this.logged(nodeApi.logGroup, "Signatures", "$.message", "certificate_issued", MINUTE),
        },
      ),
    ];
  }

  private attacks(): Alarm[] {
    const { logGroup } = this.props.service.nodeApi;
    const tables = Object.values(this.props.state.tables).map(({ table }) => table);
    const usingMetrics = Object.fromEntries(
      tables.map((table, index): [string, IMetric] => [
        `table${index}`,
        new Metric({
          namespace: "AWS/DynamoDB",
          metricName: "ConditionalCheckFailedRequests",
          dimensionsMap: { TableName: table.tableName },
          period: FIVE_MINUTES,
          statistic: Stats.SUM,
        }),
      ]),
    );
    return [
      this.alarm("CopiedDisk", "A superseded certificate was used: two machines hold one node's key", 1, {
        metric: this.logged(logGroup, "SupersededCertificatesUsed", "$.message", "certificate_superseded_used"),
      }),
      this.alarm("InvalidTokens", "Tokens are being guessed, or a fleet boots with an expired one", 100, {
        metric: this.logged(logGroup, "InvalidTokens", "$.refusalCode", "invalid_token"),
      }),
      this.alarm(
        "ConditionalChecks",
        "Conditional writes fail in numbers: replay, or a fleet fighting for names",
        1000,
        {
          metric: new MathExpression({
            expression: `SUM([${Object.keys(usingMetrics).join(", ")}])`,
            usingMetrics,
            period: FIVE_MINUTES,
            label: "failed conditional checks",
          }),
        },
      ),
    ];
  }

  /** Counts lines of this cluster's log: the functions' own metrics do not tell two clusters of one account apart. */
  private logged(logGroup: ILogGroup, metricName: string, field: string, value: string, period = FIVE_MINUTES): Metric {
    return new MetricFilter(this, `${metricName}Filter`, {
      logGroup,
      metricNamespace: `Nodeseal/${this.props.state.clusterName}`,
      metricName,
      filterPattern: FilterPattern.stringValue(field, "=", value),
      metricValue: "1",
    }).metric({ period, statistic: Stats.SUM });
  }

  private alarm(
    id: string,
    alarmDescription: string,
    threshold: number,
    { metric }: { readonly metric: IMetric },
  ): Alarm {
    const alarm = new Alarm(this, id, {
      alarmDescription,
      metric,
      threshold,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: 1,
      // Nothing is logged where nothing happens.
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    if (this.props.topic !== undefined) alarm.addAlarmAction(new SnsAction(this.props.topic));
    return alarm;
  }
}

function widgetOf(alarm: Alarm): GraphWidget {
  return new GraphWidget({
    title: alarm.node.id,
    left: [alarm.metric],
    leftAnnotations: [alarm.toAnnotation()],
    width: 8,
  });
}
