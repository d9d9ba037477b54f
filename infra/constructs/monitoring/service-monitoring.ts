import type { Alarm } from "aws-cdk-lib/aws-cloudwatch";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import { NODE_API_DEFAULTS } from "../../configuration/service-defaults.ts";
import type { CertificateSigningService } from "../service/certificate-signing-service.ts";
import type { CertificateSigningState } from "../state/certificate-signing-state.ts";
import { KeyWatch } from "./key-watch.ts";
import { ServiceAlarms } from "./service-alarms.ts";
import { ServiceDashboard } from "./service-dashboard.ts";
import { ServiceMetrics } from "./service-metrics.ts";

export interface ServiceMonitoringProps {
  readonly service: CertificateSigningService;
  readonly state: CertificateSigningState;
  /** Told of alarms and of changes to CA keys. @default - alarms change their state and notify nobody */
  readonly topic?: ITopic;
  /** As the service was given for `nodeApi`. Null: limited by the account's pool. @default 100 */
  readonly reservedConcurrency?: number | null;
  /** How many nodes must stop renewing within a day for an alarm. Null: no such alarm. @default 1 */
  readonly overdueNodes?: number | null;
  /** A dashboard named like the cluster. @default true */
  readonly hasDashboard?: boolean;
}

/** What watches the service: metrics of its logs, alarms, a dashboard, and the watch over its keys. */
export class ServiceMonitoring extends Construct {
  readonly metrics: ServiceMetrics;
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, props: ServiceMonitoringProps) {
    super(scope, id);
    const { service, state, topic } = props;
    this.metrics = new ServiceMetrics(this, "Metrics", { service, state });
    const { alarms } = new ServiceAlarms(this, "Alarms", {
      service,
      metrics: this.metrics,
      reservedConcurrency:
        props.reservedConcurrency === undefined ? NODE_API_DEFAULTS.reservedConcurrency : props.reservedConcurrency,
      overdueNodes: props.overdueNodes === undefined ? 1 : props.overdueNodes,
      ...(topic === undefined ? {} : { topic }),
    });
    this.alarms = alarms;
    if (props.hasDashboard ?? true) {
      const { clusterName } = state;
      new ServiceDashboard(this, "Dashboard", { clusterName, service, metrics: this.metrics, alarms });
    }
    if (topic !== undefined) new KeyWatch(this, "KeyWatch", { keys: [...state.rootKeys, ...state.issuingKeys], topic });
  }
}
