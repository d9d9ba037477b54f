import {
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  MathExpression,
  SingleValueWidget,
  Stats,
  TextWidget,
  type Alarm,
  type IMetric,
} from "aws-cdk-lib/aws-cloudwatch";
import { Construct } from "constructs";
import type { CertificateSigningService } from "../service/certificate-signing-service.ts";
import { FIVE_MINUTES, HOUR, MINUTE, type ServiceMetrics } from "./service-metrics.ts";

export interface ServiceDashboardProps {
  readonly clusterName: string;
  readonly service: CertificateSigningService;
  readonly metrics: ServiceMetrics;
  readonly alarms: readonly Alarm[];
}

/**
 * One page for the person on call, grouped by question. Under 50 metrics: an account's first three such dashboards are
 * free.
 */
export class ServiceDashboard extends Construct {
  private readonly props: ServiceDashboardProps;

  constructor(scope: Construct, id: string, props: ServiceDashboardProps) {
    super(scope, id);
    this.props = props;
    const dashboard = new Dashboard(this, "Dashboard", { dashboardName: props.clusterName });
    dashboard.addWidgets(new AlarmStatusWidget({ title: "Alarms", alarms: [...props.alarms], width: 24, height: 4 }));
    dashboard.addWidgets(question("Is it issuing?"));
    dashboard.addWidgets(...this.issuing());
    dashboard.addWidgets(question("Is somebody attacking?"));
    dashboard.addWidgets(...this.attacking());
    dashboard.addWidgets(question("What runs out?"));
    dashboard.addWidgets(...this.runningOut());
  }

  private issuing(): GraphWidget[] {
    const { metrics, service } = this.props;
    const { logs } = metrics;
    const { api } = service.frontDoor;
    const renewals = new MathExpression({
      expression: "issued - FILL(first, 0)",
      usingMetrics: {
        issued: logs.metric("CertificatesIssued", FIVE_MINUTES),
        first: logs.metric("FirstCertificates", FIVE_MINUTES),
      },
      period: FIVE_MINUTES,
      label: "Renewals",
    });
    const duration = (statistic: string, label: string): IMetric =>
      service.nodeApi.function.metricDuration({ period: FIVE_MINUTES, statistic, label });
    return [
      graph("Certificates", [
        logs.metric("FirstCertificates", FIVE_MINUTES),
        renewals,
        logs.metric("CertificatesRecovered", FIVE_MINUTES),
      ]),
      graph("Requests", [
        api.metricCount({ period: FIVE_MINUTES, statistic: Stats.SUM, label: "all" }),
        api.metricClientError({ period: FIVE_MINUTES, statistic: Stats.SUM, label: "4xx" }),
        api.metricServerError({ period: FIVE_MINUTES, statistic: Stats.SUM, label: "5xx" }),
      ]),
      graph("Waiting, denied, revoked", [
        logs.metric("RequestsPending", FIVE_MINUTES),
        logs.metric("RequestsDenied", FIVE_MINUTES),
        logs.metric("CertificatesRevoked", FIVE_MINUTES),
      ]),
      graph("Milliseconds in node-api", [duration(Stats.p(50), "half"), duration(Stats.p(99), "99 of 100")]),
    ];
  }

  private attacking(): GraphWidget[] {
    const { metrics } = this.props;
    const { logs } = metrics;
    return [
      graph("Tokens and copies", [
        logs.metric("InvalidTokens", FIVE_MINUTES),
        logs.metric("SupersededCertificatesUsed", FIVE_MINUTES),
      ]),
      graph("Conditional writes that failed", [metrics.failedConditionalChecks(FIVE_MINUTES)]),
      graph("Signatures: made by anybody, asked for by us", [
        metrics.signaturesMade(HOUR),
        logs.metric("SignaturesAsked", HOUR),
      ]),
      graph("Signatures unaccounted for", [metrics.foreignSignatures(HOUR), metrics.orphanedSignatures(HOUR)]),
    ];
  }

  private runningOut(): (GraphWidget | SingleValueWidget)[] {
    const { metrics, service } = this.props;
    const { logs } = metrics;
    const visible = { period: FIVE_MINUTES };
    return [
      new SingleValueWidget({
        title: "Days left of the CA that ends first",
        metrics: [logs.metric("AuthorityDaysLeft", HOUR, Stats.MINIMUM)],
        width: 6,
        height: 6,
      }),
      graph("Nodes that stopped renewing", [logs.metric("NodesOverdue", HOUR)]),
      graph("KMS calls a minute (quota 60,000)", [metrics.kmsCalls(MINUTE)]),
      graph("Functions", [
        service.nodeApi.function.metric("ConcurrentExecutions", { period: MINUTE, statistic: Stats.MAXIMUM }),
        metrics.throttles(FIVE_MINUTES),
        ...this.kubernetesThrottles(),
        logs.metric("SignerBusy", FIVE_MINUTES),
        logs.metric("DatabaseBusy", FIVE_MINUTES),
      ]),
      graph("Queues that wait for a person", [
        service.authority.failures.metricApproximateNumberOfMessagesVisible({ ...visible, label: "authority" }),
        ...(service.events === undefined
          ? []
          : [service.events.failures.metricApproximateNumberOfMessagesVisible({ ...visible, label: "events" })]),
      ]),
    ];
  }

  private kubernetesThrottles(): IMetric[] {
    const { kubernetes } = this.props.service;
    if (kubernetes === undefined) return [];
    const throttles = { period: FIVE_MINUTES, statistic: Stats.SUM };
    return [
      kubernetes.watchApi.function.metricThrottles({ ...throttles, label: "watches beyond their concurrency" }),
      kubernetes.administrationApi.function.metricThrottles({
        ...throttles,
        label: "administrators' calls beyond their concurrency",
      }),
    ];
  }
}

function question(text: string): TextWidget {
  return new TextWidget({ markdown: `## ${text}`, width: 24, height: 1 });
}

function graph(title: string, left: IMetric[]): GraphWidget {
  return new GraphWidget({ title, left, width: 6, height: 6, leftYAxis: { min: 0, showUnits: false } });
}
