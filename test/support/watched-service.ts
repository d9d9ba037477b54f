import assert from "node:assert/strict";
import { filterPattern } from "./filter-pattern.ts";
import { evaluateMetricMath } from "./metric-math.ts";
import { synthesizedTemplates } from "./synthesized-templates.ts";

export type Line = Readonly<Record<string, unknown>>;

/** What happened in one period. */
export interface Period {
  /** Lines of the functions' logs. */
  readonly lines?: Partial<Readonly<Record<LogOwner, readonly Line[]>>>;
  /** Values of AWS' own metrics by namespace and name: `AWS/KMS SuccessfulRequest`. */
  readonly metrics?: Readonly<Record<string, number>>;
}

type LogOwner = "node-api" | "admin-api" | "authority" | "events";

interface MetricIdentity {
  readonly Namespace: string;
  readonly MetricName: string;
}

interface AlarmProperties extends Partial<MetricIdentity> {
  readonly Threshold: number;
  readonly ComparisonOperator: string;
  readonly TreatMissingData: string;
  readonly EvaluationPeriods: number;
  readonly Statistic?: string;
  readonly Metrics?: readonly {
    readonly Id: string;
    readonly Expression?: string;
    readonly ReturnData?: boolean;
    readonly MetricStat?: { readonly Metric: MetricIdentity; readonly Stat: string };
  }[];
  readonly AlarmActions?: readonly unknown[];
}

interface FilterProperties {
  readonly FilterPattern: string;
  readonly LogGroupName: { readonly Ref: string };
  readonly MetricTransformations: readonly {
    readonly MetricName: string;
    readonly MetricNamespace: string;
    readonly MetricValue: string;
  }[];
}

const LOG_IDS: readonly (readonly [RegExp, LogOwner])[] = [
  [/^ServiceNodeApi/, "node-api"],
  [/^ServiceAdminApi/, "admin-api"],
  [/^ServiceAuthority/, "authority"],
  [/^ServiceEvents/, "events"],
];

export interface WatchedService {
  readonly alarms: ReadonlyMap<string, AlarmProperties>;
  readonly filters: readonly FilterProperties[];
  /** Whether CloudWatch would raise the alarm after such a period. */
  readonly fires: (alarmName: string, period: Period) => boolean;
}

/** The alarms of a deployment, evaluated as CloudWatch would: filters count lines, expressions make numbers of them. */
export function watchedService(document: unknown): WatchedService {
  const { service } = synthesizedTemplates(document);
  const propertiesOf = <T>(type: string): [string, T][] =>
    Object.entries(service.findResources(type) as Record<string, { readonly Properties: T }>).map(
      ([id, { Properties }]) => [id, Properties],
    );
  const alarms = new Map(
    propertiesOf<AlarmProperties>("AWS::CloudWatch::Alarm").map(([id, properties]) => [
      id.replace(/^Alarms/, "").replace(/[0-9A-F]{8}$/, ""),
      properties,
    ]),
  );
  const filters = propertiesOf<FilterProperties>("AWS::Logs::MetricFilter").map(([, properties]) => properties);

  const valueOf = (metric: MetricIdentity, statistic: string, period: Period): number | undefined =>
    metric.Namespace.startsWith("Nodeseal/")
      ? aggregated(countedValues(filters, metric, period), statistic)
      : period.metrics?.[`${metric.Namespace} ${metric.MetricName}`];

  return {
    alarms,
    filters,
    fires: (alarmName, period) => {
      const alarm = alarms.get(alarmName) ?? assert.fail(`no alarm ${alarmName}`);
      assert.equal(alarm.ComparisonOperator, "GreaterThanOrEqualToThreshold");
      assert.equal(alarm.EvaluationPeriods, 1);
      const value = watchedValue(alarm, (metric, statistic) => valueOf(metric, statistic, period));
      return value === undefined ? alarm.TreatMissingData === "breaching" : value >= alarm.Threshold;
    },
  };
}

function watchedValue(
  { Namespace, MetricName, Statistic = "", Metrics = [] }: AlarmProperties,
  valueOf: (metric: MetricIdentity, statistic: string) => number | undefined,
): number | undefined {
  if (Namespace !== undefined && MetricName !== undefined) return valueOf({ Namespace, MetricName }, Statistic);
  const values = Object.fromEntries(
    Metrics.flatMap(({ Id, MetricStat }) =>
      MetricStat === undefined ? [] : [[Id, valueOf(MetricStat.Metric, MetricStat.Stat)]],
    ),
  );
  const expression = Metrics.find(({ Expression }) => Expression !== undefined)?.Expression;
  return expression === undefined ? assert.fail("an alarm without a metric") : evaluateMetricMath(expression, values);
}

/** One value for each line that a filter of this metric lets through. */
function countedValues(
  filters: readonly FilterProperties[],
  { Namespace, MetricName }: MetricIdentity,
  { lines = {} }: Period,
): number[] {
  const feeding = filters.flatMap((filter) =>
    filter.MetricTransformations.filter(
      (metric) => metric.MetricNamespace === Namespace && metric.MetricName === MetricName,
    ).map(({ MetricValue }) => ({ filter, MetricValue })),
  );
  assert.ok(feeding.length > 0, `nothing feeds ${Namespace} ${MetricName}`);
  return feeding.flatMap(({ filter, MetricValue }) => {
    const [, owner] = LOG_IDS.find(([id]) => id.test(filter.LogGroupName.Ref)) ?? assert.fail(filter.LogGroupName.Ref);
    const counts = filterPattern(filter.FilterPattern);
    return (lines[owner] ?? [])
      .filter((line) => counts(line))
      .map((line) => (MetricValue.startsWith("$.") ? Number(line[MetricValue.slice(2)]) : Number(MetricValue)));
  });
}

function aggregated(values: readonly number[], statistic: string): number | undefined {
  if (values.length === 0) return undefined;
  switch (statistic) {
    case "Sum":
      return values.reduce((total, value) => total + value);
    case "SampleCount":
      return values.length;
    case "Minimum":
      return Math.min(...values);
    default:
      return assert.fail(`the statistic ${statistic} is not evaluated here`);
  }
}
