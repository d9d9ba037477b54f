import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RefusalError } from "../../core/refusal.ts";
import type { Observer } from "../../lambdas/observer.ts";
import { loggedLines } from "../support/logged-lines.ts";
import { synthesizedTemplates } from "../support/synthesized-templates.ts";

interface AlarmProperties {
  readonly Threshold: number;
  readonly ComparisonOperator: string;
  readonly TreatMissingData: string;
  readonly Namespace?: string;
  readonly MetricName?: string;
  readonly Metrics?: readonly { readonly Id: string; readonly Expression?: string }[];
}

interface FilterProperties {
  readonly FilterPattern: string;
  readonly MetricTransformations: readonly { readonly MetricName: string; readonly MetricNamespace: string }[];
}

const { service } = synthesizedTemplates({ clusterName: "blue", alarms: { email: "ops@example.com" } });
const alarms = new Map(
  Object.entries(
    service.findResources("AWS::CloudWatch::Alarm") as Record<string, { Properties: AlarmProperties }>,
  ).map(([id, { Properties }]) => [id.replace(/^Alarms/, "").replace(/[0-9A-F]{8}$/, ""), Properties]),
);
const filters = Object.values(
  service.findResources("AWS::Logs::MetricFilter") as Record<string, { Properties: FilterProperties }>,
).map(({ Properties }) => Properties);

/** What CloudWatch would make of one period's sum or percentile. */
function fires(name: string, value: number | undefined): boolean {
  const { Threshold, ComparisonOperator, TreatMissingData } = alarms.get(name) ?? assert.fail(`no alarm ${name}`);
  assert.equal(ComparisonOperator, "GreaterThanOrEqualToThreshold");
  return value === undefined ? TreatMissingData === "breaching" : value >= Threshold;
}

/** How many of these lines the alarm's metric filter counts. The patterns are all of the form `{ $.field = "value" }`. */
function counted(name: string, lines: readonly Readonly<Record<string, unknown>>[]): number {
  const alarm = alarms.get(name);
  const filter = filters.find(({ MetricTransformations: [metric] }) => metric?.MetricName === alarm?.MetricName);
  assert.equal(filter?.MetricTransformations[0]?.MetricNamespace, alarm?.Namespace);
  const [, field = "", value] = /^\{ \$\.(\w+) = "(\w+)" \}$/.exec(filter?.FilterPattern ?? "") ?? assert.fail();
  return lines.filter((line) => line[field] === value).length;
}

const repeated = (count: number, act: (observer: Observer) => void) =>
  loggedLines((observer) => {
    for (let round = 0; round < count; round++) act(observer);
  });

describe("the alarms", () => {
  const logged: readonly { name: string; count: number; act: (observer: Observer) => void }[] = [
    { name: "CopiedDisk", count: 1, act: (observer) => observer.audit({ event: "certificate_superseded_used" }) },
    {
      name: "InvalidTokens",
      count: 100,
      act: (observer) => observer.refused(new RefusalError("invalid_token", "the token is not accepted")),
    },
  ];
  for (const { name, count, act } of logged) {
    it(`${name} fires at ${count} lines of our own log within five minutes, and not before`, () => {
      assert.equal(fires(name, counted(name, repeated(count, act))), true);
      assert.equal(fires(name, counted(name, repeated(count - 1, act))), false);
    });
  }

  it("SignaturesNearQuota counts issued certificates and fires at four fifths of 1,000 a second", () => {
    const lines = repeated(3, (observer) => observer.audit({ event: "certificate_issued" }));
    assert.equal(counted("SignaturesNearQuota", lines), 3);
    assert.equal(fires("SignaturesNearQuota", 799 * 60), false);
    assert.equal(fires("SignaturesNearQuota", 800 * 60), true);
  });

  it("ConditionalChecks adds up all four tables", () => {
    const { Metrics = [] } = alarms.get("ConditionalChecks") ?? assert.fail();
    const [sum, ...tables] = Metrics;
    assert.equal(tables.length, 4);
    assert.equal(sum?.Expression, `SUM([${tables.map(({ Id }) => Id).join(", ")}])`);
    assert.equal(
      fires(
        "ConditionalChecks",
        [250, 250, 250, 250].reduce((total, value) => total + value),
      ),
      true,
    );
    assert.equal(fires("ConditionalChecks", 999), false);
  });

  const measured: readonly { name: string; metric: string; quiet: number; loud: number }[] = [
    { name: "ServerErrors", metric: "AWS/ApiGateway 5xx", quiet: 0, loud: 1 },
    { name: "Slow", metric: "AWS/Lambda Duration", quiet: 4999, loud: 5000 },
    { name: "DeploymentFailures", metric: "AWS/SQS ApproximateNumberOfMessagesVisible", quiet: 0, loud: 1 },
    { name: "Throttles", metric: "AWS/Lambda Throttles", quiet: 0, loud: 1 },
  ];
  for (const { name, metric, quiet, loud } of measured) {
    it(`${name} fires when ${metric} reaches ${loud}`, () => {
      const { Namespace, MetricName } = alarms.get(name) ?? assert.fail();
      assert.equal(`${Namespace ?? ""} ${MetricName ?? ""}`, metric);
      assert.deepEqual([fires(name, quiet), fires(name, loud)], [false, true]);
    });
  }

  it("are all of these, are quiet where nothing happens, and tell the topic", () => {
    const names = [...logged, ...measured].map(({ name }) => name);
    assert.deepEqual([...alarms.keys()].sort(), [...names, "SignaturesNearQuota", "ConditionalChecks"].sort());
    for (const name of alarms.keys()) assert.equal(fires(name, undefined), false);
    for (const alarm of alarms.values()) assert.match(JSON.stringify(alarm), /"AlarmActions":\[\{"Ref":"AlarmTopic/);
  });

  it("may publish to the topic, whose policy demands TLS", () => {
    const policies = JSON.stringify(service.findResources("AWS::SNS::TopicPolicy"));
    assert.match(policies, /cloudwatch\.amazonaws\.com/);
    assert.match(policies, /events\.amazonaws\.com/);
    assert.match(policies, /aws:SecureTransport/);
  });
});
