import { Duration } from "aws-cdk-lib";
import {
  Alarm,
  ComparisonOperator,
  MathExpression,
  Stats,
  TreatMissingData,
  type IMetric,
} from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import type { CertificateSigningService } from "../service/certificate-signing-service.ts";
import type { ServiceFunction } from "../service/service-function.ts";
import { FIVE_MINUTES, HOUR, MINUTE, sum, type ServiceMetrics } from "./service-metrics.ts";

export interface ServiceAlarmsProps {
  readonly service: CertificateSigningService;
  readonly metrics: ServiceMetrics;
  /** How many instances of node-api may run at once. Null: limited by the account's pool. */
  readonly reservedConcurrency: number | null;
  /** How many nodes must stop renewing within a day for an alarm. Null: no such alarm. */
  readonly overdueNodes: number | null;
  /** @default - alarms change their state and notify nobody */
  readonly topic?: ITopic;
}

/** 80 % of the KMS quota of 1,000 signatures a second, for a minute. */
const SIGNATURES_A_MINUTE = 0.8 * 1000 * 60;
const DAY = Duration.days(1);

interface Condition {
  readonly metric: IMetric;
  /** Alarms when the metric reaches or exceeds it. */
  readonly threshold: number;
  /** @default - missing data is no alarm: nothing is logged where nothing happens */
  readonly isAlarmingWhenMissing?: boolean;
}

/**
 * The alarms that must wake somebody. Each of their metrics costs $0.10 a month. Each alarm has an action in
 * docs/operations.md.
 */
export class ServiceAlarms extends Construct {
  readonly alarms: readonly Alarm[];
  private readonly props: ServiceAlarmsProps;

  constructor(scope: Construct, id: string, props: ServiceAlarmsProps) {
    super(scope, id);
    this.props = props;
    this.alarms = [
      ...this.faults(),
      ...this.limits(),
      ...this.nodes(),
      ...this.authorities(),
      ...this.rolesAnywhere(),
      ...this.attacks(),
    ];
  }

  private faults(): Alarm[] {
    const { service, metrics } = this.props;
    const { frontDoor, nodeApi, authority, events } = service;
    const alarms = [
      this.alarm("ServerErrors", "The API answers 5xx: see the log of node-api and admin-api", {
        metric: frontDoor.api.metricServerError({ period: FIVE_MINUTES, statistic: Stats.SUM }),
        threshold: 1,
      }),
      this.alarm("Slow", "One request in a hundred takes over 5 s: KMS or DynamoDB is slow or throttling", {
        metric: nodeApi.function.metricDuration({ period: FIVE_MINUTES, statistic: Stats.p(99) }),
        threshold: 5000,
      }),
      this.alarm("AuthorityFailures", "The authority function failed for good: read its queue", {
        metric: authority.failures.metricApproximateNumberOfMessagesVisible({ period: FIVE_MINUTES }),
        threshold: 1,
      }),
    ];
    if (events === undefined) return alarms;
    const waiting = events.failures.metricApproximateNumberOfMessagesVisible({ period: FIVE_MINUTES });
    const lost = metrics.logs.metric("EventsLost", FIVE_MINUTES);
    return [
      ...alarms,
      this.alarm("EventsLost", "Events could not be published: read the queue and the log of the events function", {
        metric: sum({ waiting, lost }, FIVE_MINUTES, "batches in the queue and events lost"),
        threshold: 1,
      }),
    ];
  }

  private limits(): Alarm[] {
    const { service, metrics, reservedConcurrency } = this.props;
    const calls = { all: metrics.kmsCalls(MINUTE), own: metrics.logs.metric("SignaturesAsked", MINUTE) };
    const alarms = [
      this.alarm("Throttles", "A function is at its reserved concurrency: nodes or administrators wait", {
        metric: metrics.throttles(FIVE_MINUTES),
        threshold: 1,
      }),
      this.alarm("SignaturesNearQuota", "Four fifths of the KMS quota are used: ask for a higher one", {
        metric: new MathExpression({
          expression: "MAX([FILL(all, 0), FILL(own, 0)])",
          usingMetrics: calls,
          period: MINUTE,
          label: "signatures a minute",
        }),
        threshold: SIGNATURES_A_MINUTE,
      }),
      this.alarm("SignerBusy", "KMS throttles or is unavailable: nodes have to retry", {
        metric: metrics.logs.metric("SignerBusy", FIVE_MINUTES),
        threshold: 10,
      }),
      this.alarm("DatabaseBusy", "DynamoDB throttles or is unavailable: nodes have to retry", {
        metric: metrics.logs.metric("DatabaseBusy", FIVE_MINUTES),
        threshold: 10,
      }),
    ];
    alarms.push(...this.kubernetesLimits());
    if (reservedConcurrency === null || reservedConcurrency === 0) return alarms;
    return [
      ...alarms,
      this.alarm("ConcurrencyNearLimit", "Four fifths of node-api's reserved concurrency are in use", {
        metric: service.nodeApi.function.metric("ConcurrentExecutions", { period: MINUTE, statistic: Stats.MAXIMUM }),
        threshold: Math.ceil(0.8 * reservedConcurrency),
      }),
    ];
  }

  /** Separate alarms, because they need different actions. */
  private kubernetesLimits(): Alarm[] {
    const { kubernetes } = this.props.service;
    if (kubernetes === undefined) return [];
    const throttlesOf = ({ function: lambda }: ServiceFunction): Condition => ({
      metric: lambda.metricThrottles({ period: FIVE_MINUTES, statistic: Stats.SUM }),
      threshold: 1,
    });
    return [
      this.alarm(
        "WatchThrottles",
        "Lists and watches of Kubernetes' API are at their concurrency: kubelets and controllers wait",
        throttlesOf(kubernetes.watchApi),
      ),
      this.alarm(
        "AdministrationThrottles",
        "Administrators' calls of Kubernetes' API are at their concurrency: too many, or somebody tries bearer tokens",
        throttlesOf(kubernetes.administrationApi),
      ),
    ];
  }

  private nodes(): Alarm[] {
    const { metrics, overdueNodes } = this.props;
    if (overdueNodes === null) return [];
    return [
      this.alarm("NodesOverdue", "Nodes have stopped renewing: their certificates will end without a successor", {
        metric: metrics.logs.metric("NodesOverdue", DAY),
        threshold: overdueNodes,
      }),
    ];
  }

  private authorities(): Alarm[] {
    const { logs } = this.props.metrics;
    return [
      this.alarm("AuthorityExpiresSoon", "A CA will soon cut certificates short: prepare its successor", {
        metric: logs.metric("AuthoritiesExpiringSoon", DAY),
        threshold: 1,
      }),
      this.alarm(
        "RevocationListFilling",
        "A revocation list is nearly as long as its key signs, or than can be served: more shards, or another key",
        { metric: logs.metric("RevocationListsFilling", DAY), threshold: 1 },
      ),
      this.alarm(
        "InspectionFailed",
        "A CA certificate or revocation list is not what was planned: it is not published",
        {
          metric: logs.metric("InspectionsFailed", HOUR),
          threshold: 1,
        },
      ),
      this.alarm("AuthorityUnwatched", "Nothing maintains the CAs: the authority function does not reconcile", {
        metric: new MathExpression({
          expression: "IF(FILL(reconciliations, 0) < 1, 1, 0)",
          usingMetrics: { reconciliations: logs.metric("AuthorityDaysLeft", HOUR, Stats.SAMPLE_COUNT) },
          period: HOUR,
          label: "hours without a reconciliation",
        }),
        threshold: 1,
        isAlarmingWhenMissing: true,
      }),
    ];
  }

  private rolesAnywhere(): Alarm[] {
    const { service, metrics } = this.props;
    if (service.rolesAnywhere === undefined) return [];
    return [
      this.alarm("RolesAnywhereBehind", "IAM Roles Anywhere lacks a CA or its latest revocation list: see the log", {
        metric: metrics.logs.metric("RolesAnywhereFailures", FIVE_MINUTES),
        threshold: 1,
      }),
    ];
  }

  private attacks(): Alarm[] {
    const { metrics } = this.props;
    return [
      this.alarm("CopiedDisk", "A superseded certificate was used: two machines hold one node's key", {
        metric: metrics.logs.metric("SupersededCertificatesUsed", FIVE_MINUTES),
        threshold: 1,
      }),
      this.alarm("InvalidTokens", "Tokens are being guessed, or a fleet boots with an expired one", {
        metric: metrics.logs.metric("InvalidTokens", FIVE_MINUTES),
        threshold: 100,
      }),
      this.alarm("Denials", "Many requests are denied: a wrong policy, or somebody tests what a token allows", {
        metric: metrics.logs.metric("RequestsDenied", FIVE_MINUTES),
        threshold: 100,
      }),
      this.alarm("ConditionalChecks", "Conditional writes fail in numbers: replay, or a fleet fighting for names", {
        metric: metrics.failedConditionalChecks(FIVE_MINUTES),
        threshold: 1000,
      }),
      this.alarm("ForeignSignatures", "Somebody else signs with the issuing key", {
        metric: metrics.foreignSignatures(HOUR),
        threshold: 5,
      }),
      this.alarm("OrphanedSignatures", "Signatures are made and no certificate of them is on record", {
        metric: metrics.orphanedSignatures(HOUR),
        threshold: 5,
      }),
    ];
  }

  private alarm(
    id: string,
    alarmDescription: string,
    { metric, threshold, isAlarmingWhenMissing = false }: Condition,
  ): Alarm {
    const alarm = new Alarm(this, id, {
      alarmDescription,
      metric,
      threshold,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: isAlarmingWhenMissing ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
    if (this.props.topic !== undefined) alarm.addAlarmAction(new SnsAction(this.props.topic));
    return alarm;
  }
}
