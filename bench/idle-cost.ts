import { readFileSync } from "node:fs";
import { join } from "node:path";
import { App } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { parseConfiguration } from "../infra/configuration/configuration.ts";
import { describeDeployment } from "../infra/deployment.ts";
import { rounded, type Figure } from "./figure.ts";
import { MONTHLY_PRICES, scheduledDollars } from "./price-table.ts";

/** Metrics that have data without any request: once in each reconciliation of the authority function. */
const FED_WHILE_IDLE: ReadonlySet<string> = new Set(["AuthorityDaysLeft"]);

const MINUTES_A_MONTH = 60 * 24 * 30;

export interface CostItem {
  readonly item: string;
  readonly count: number;
  readonly dollars: number;
}

interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

/**
 * What a deployment costs in a month without requests, counted from its templates. Storage of some megabytes is left
 * out.
 */
export function idleCosts(templates: readonly unknown[]): readonly CostItem[] {
  const resources = templates.flatMap((template) =>
    Object.values((template as { readonly Resources: Readonly<Record<string, Resource>> }).Resources),
  );
  const ofType = (type: string): Resource[] => resources.filter(({ Type }) => Type === type);
  const priced = (item: string, count: number, price: number): CostItem => ({ item, count, dollars: count * price });
  const alarmMetrics = ofType("AWS::CloudWatch::Alarm").map(metricsOf);
  const fed = ofType("AWS::Logs::MetricFilter").filter((filter) => FED_WHILE_IDLE.has(metricNameOf(filter)));
  const rounds = ofType("AWS::Events::Rule").reduce((sum, rule) => sum + invocationsOf(rule), 0);
  return [
    priced("KMS keys", ofType("AWS::KMS::Key").length, MONTHLY_PRICES.kmsKey),
    priced(
      "alarm metrics",
      alarmMetrics.reduce((sum, count) => sum + count, 0),
      MONTHLY_PRICES.alarmMetric,
    ),
    priced("metrics fed while idle", fed.length, MONTHLY_PRICES.customMetric),
    { item: "reconciliations of the authority function", count: rounds, dollars: scheduledDollars(rounds) },
  ];
}

export function idleCostFigures(): Figure[] {
  const costs = idleCosts(defaultTemplates());
  const note = costs.map(({ item, count }) => `${count} ${item}`).join(", ");
  const sum = costs.reduce((total, { dollars }) => total + dollars, 0);
  return [
    { name: "cost.idle-month", value: rounded(sum), unit: "USD", note: `${note}; a dashboard among the free three` },
  ];
}

function metricsOf({ Properties = {} }: Resource): number {
  const metrics = Properties["Metrics"] as readonly { readonly MetricStat?: unknown }[] | undefined;
  return metrics === undefined ? 1 : metrics.filter(({ MetricStat }) => MetricStat !== undefined).length;
}

function metricNameOf({ Properties = {} }: Resource): string {
  const [metric] = Properties["MetricTransformations"] as readonly { readonly MetricName: string }[];
  return metric?.MetricName ?? "";
}

/** Invocations in a month by rules with `rate(n minutes)`. Other rules wait for events. */
function invocationsOf({ Properties = {} }: Resource): number {
  const schedule = Properties["ScheduleExpression"];
  if (schedule === undefined) return 0;
  const [, minutes] = typeof schedule === "string" ? (/^rate\((\d+) minutes?\)$/.exec(schedule) ?? []) : [];
  if (minutes === undefined) throw new Error(`${JSON.stringify(schedule)} is not priced here`);
  return MINUTES_A_MONTH / Number(minutes);
}

function defaultTemplates(): readonly unknown[] {
  const { context } = JSON.parse(readFileSync(join(import.meta.dirname, "../cdk.json"), "utf8")) as {
    readonly context: Readonly<Record<string, unknown>>;
  };
  const app = new App({ context: { ...context, "aws:cdk:bundling-stacks": [] } });
  return describeDeployment(
    app,
    parseConfiguration({}, () => undefined),
  ).map((stack) => Template.fromStack(stack).toJSON());
}
