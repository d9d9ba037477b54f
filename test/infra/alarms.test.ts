import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { AuditEvent } from "../../core/audit/audit-event.ts";
import { RefusalError, type RefusalCode } from "../../core/refusal.ts";
import type { Observer } from "../../lambdas/observer.ts";
import { loggedLines } from "../support/logged-lines.ts";
import { evaluateMetricMath } from "../support/metric-math.ts";
import { synthesizedTemplates } from "../support/synthesized-templates.ts";
import { watchedService, type Line, type Period } from "../support/watched-service.ts";

const CONFIGURATION = {
  clusterName: "blue",
  alarms: { email: "ops@example.com" },
  kubernetes: { administratorArns: ["arn:aws:iam::111122223333:role/admin"] },
  rolesAnywhere: { names: ["edge-*"] },
};
const { service } = synthesizedTemplates(CONFIGURATION);
const { alarms, filters, fires } = watchedService(CONFIGURATION);

/** Lines of our own log, as the observer writes them. */
const repeated = (count: number, act: (observer: Observer) => void): readonly Line[] =>
  loggedLines((observer) => {
    for (let round = 0; round < count; round++) act(observer);
  });
const audited = (count: number, event: AuditEvent): readonly Line[] =>
  repeated(count, (observer) => observer.audit(event));
const refused = (count: number, code: RefusalCode): readonly Line[] =>
  repeated(count, (observer) => observer.refused(new RefusalError(code, "no")));
const nodeApi = (...lines: readonly (readonly Line[])[]): Period => ({ lines: { "node-api": lines.flat() } });

interface Case {
  readonly name: string;
  readonly loud: Period;
  readonly quiet: Period;
}

const asked = (count: number): readonly Line[] => audited(count, { event: "certificate_reserved" });
const issued = (count: number): readonly Line[] => audited(count, { event: "certificate_issued" });
const listReserved = (count: number, authorityId: string): readonly Line[] =>
  audited(count, { event: "revocation_list_reserved", authorityId, listNumber: 7 });
const daysLeft = (authorityState: "active" | "prepared"): readonly Line[] =>
  audited(1, { event: "authority_days_left", authorityState, daysLeft: 100 });

const CASES: readonly Case[] = [
  {
    name: "CopiedDisk",
    loud: nodeApi(audited(1, { event: "certificate_superseded_used" })),
    quiet: nodeApi(issued(9)),
  },
  {
    name: "InvalidTokens",
    loud: nodeApi(refused(100, "invalid_token")),
    quiet: nodeApi(refused(99, "invalid_token"), refused(99, "invalid_proof")),
  },
  {
    name: "Denials",
    loud: nodeApi(audited(100, { event: "request_denied" })),
    quiet: nodeApi(audited(99, { event: "request_denied" }), refused(99, "denied_by_policy")),
  },
  { name: "SignerBusy", loud: nodeApi(refused(10, "signer_busy")), quiet: nodeApi(refused(9, "signer_busy")) },
  { name: "DatabaseBusy", loud: nodeApi(refused(10, "rate_limited")), quiet: nodeApi(refused(9, "rate_limited")) },
  {
    name: "OrphanedSignatures",
    // Lists that were signed and came to nothing are orphans too.
    loud: { lines: { "node-api": [...asked(54), ...issued(50)].flat(), authority: listReserved(6, "issuing-g1") } },
    // KMS refused ten of them, one more is of a request that is under way at the end of the hour.
    quiet: nodeApi(asked(61), issued(50), refused(10, "signer_busy")),
  },
  {
    name: "ForeignSignatures",
    // Lists that are signed with a root's key are no excuse for signatures with the issuing key.
    loud: {
      lines: { "node-api": asked(50), authority: listReserved(9, "root-g1") },
      metrics: { "AWS/KMS SuccessfulRequest": 56 },
    },
    quiet: {
      lines: { "node-api": asked(50), authority: listReserved(9, "issuing-g1") },
      metrics: { "AWS/KMS SuccessfulRequest": 60 },
    },
  },
  {
    name: "AuthorityExpiresSoon",
    loud: { lines: { authority: audited(1, { event: "authority_expires_soon" }) } },
    quiet: { lines: { authority: daysLeft("active") } },
  },
  {
    name: "InspectionFailed",
    loud: { lines: { authority: audited(1, { event: "inspection_failed", field: "basicConstraints" }) } },
    // A list that KMS did not sign in time is no fault of the encoder.
    quiet: { lines: { authority: audited(3, { event: "revocation_list_failed", authorityId: "issuing-g1" }) } },
  },
  {
    name: "AuthorityUnwatched",
    loud: { lines: { authority: daysLeft("prepared") } },
    quiet: { lines: { authority: daysLeft("active") } },
  },
  {
    name: "RevocationListFilling",
    loud: { lines: { authority: audited(1, { event: "revocation_list_filling", percentFull: 70 }) } },
    quiet: { lines: { authority: audited(3, { event: "revocation_list_published", revokedCertificates: 70 }) } },
  },
  {
    name: "RevocationListFilling",
    loud: { lines: { authority: audited(1, { event: "revocation_list_shortened", omittedCertificates: 1 }) } },
    quiet: { lines: { authority: daysLeft("active") } },
  },
  {
    name: "NodesOverdue",
    loud: { lines: { authority: audited(1, { event: "nodes_overdue", nodeCount: 1 }) } },
    // Of each by name there is another line: counted once.
    quiet: { lines: { authority: [...daysLeft("active"), ...audited(3, { event: "node_overdue" })] } },
  },
  {
    name: "EventsLost",
    loud: { lines: { events: [{ message: "event_lost", id: "1" }] } },
    quiet: { lines: { events: [{ message: "other" }] }, metrics: { "AWS/SQS ApproximateNumberOfMessagesVisible": 0 } },
  },
  measured("EventsLost", "AWS/SQS ApproximateNumberOfMessagesVisible", 0, 1),
  {
    name: "RolesAnywhereBehind",
    loud: { lines: { authority: audited(1, { event: "roles_anywhere_failed", authorityId: "issuing-g1" }) } },
    quiet: { lines: { authority: audited(9, { event: "roles_anywhere_list_imported", authorityId: "issuing-g1" }) } },
  },
  measured("ServerErrors", "AWS/ApiGateway 5xx", 0, 1),
  measured("Slow", "AWS/Lambda Duration", 4999, 5000),
  measured("AuthorityFailures", "AWS/SQS ApproximateNumberOfMessagesVisible", 0, 1),
  measured("Throttles", "AWS/Lambda Throttles", 0, 1),
  measured("WatchThrottles", "AWS/Lambda Throttles", 0, 1),
  measured("AdministrationThrottles", "AWS/Lambda Throttles", 0, 1),
  measured("ConcurrencyNearLimit", "AWS/Lambda ConcurrentExecutions", 79, 80),
  // Four fifths of 1,000 a second, whoever in the account signs.
  measured("SignaturesNearQuota", "AWS/Usage CallCount", 47_999, 48_000),
  // The same value for each of three tables.
  measured("ConditionalChecks", "AWS/DynamoDB ConditionalCheckFailedRequests", 333, 334),
];

function measured(name: string, metric: string, quiet: number, loud: number): Case {
  return { name, quiet: { metrics: { [metric]: quiet } }, loud: { metrics: { [metric]: loud } } };
}

describe("the alarms", () => {
  for (const { name, loud, quiet } of CASES) {
    it(`${name} fires, and not a step before`, () => {
      assert.deepEqual([fires(name, quiet), fires(name, loud)], [false, true]);
    });
  }

  it("SignaturesNearQuota counts what this service asks for, should AWS count nothing", () => {
    const { Metrics = [] } = alarms.get("SignaturesNearQuota") ?? assert.fail();
    assert.equal(evaluateMetricMath(Metrics[0]?.Expression ?? "", { all: undefined, own: 48_000 }), 48_000);
    assert.ok(JSON.stringify(Metrics).includes("SignaturesAsked"));
  });

  it("are shown to fire one by one, keep quiet where nothing happens but the reconciliations, and tell the topic", () => {
    assert.deepEqual([...alarms.keys()].sort(), [...new Set(CASES.map(({ name }) => name))].sort());
    for (const name of alarms.keys()) assert.equal(fires(name, {}), name === "AuthorityUnwatched", name);
    for (const alarm of alarms.values()) assert.match(JSON.stringify(alarm), /"AlarmActions":\[\{"Ref":"AlarmTopic/);
  });

  it("each have a place in docs/operations.md that says what to do", () => {
    const page = readFileSync(join(import.meta.dirname, "../../docs/operations.md"), "utf8");
    const named = [...page.matchAll(/^\| `(\w+)` \| [^|]+ \| [^|]{20,} \|$/gm)].map(([, name = ""]) => name);
    assert.deepEqual(named.sort(), [...alarms.keys()].sort());
  });

  it("may publish to the topic, whose policy demands TLS", () => {
    const policies = JSON.stringify(service.findResources("AWS::SNS::TopicPolicy"));
    assert.match(policies, /cloudwatch\.amazonaws\.com/);
    assert.match(policies, /events\.amazonaws\.com/);
    assert.match(policies, /aws:SecureTransport/);
  });

  it("of a deployment without events, reservation, Roles Anywhere and Kubernetes' API, whose nodes come and go, are the others", () => {
    const small = watchedService({
      events: { busName: null },
      nodeApi: { reservedConcurrency: null },
      alarms: { overdueNodes: null },
    });
    const missing = [...alarms.keys()].filter((name) => !small.alarms.has(name));
    assert.deepEqual(missing.sort(), [
      "AdministrationThrottles",
      "ConcurrencyNearLimit",
      "EventsLost",
      "NodesOverdue",
      "RolesAnywhereBehind",
      "WatchThrottles",
    ]);
  });

  it("fire for as many overdue nodes as the configuration says", () => {
    const { fires: firesAtTen } = watchedService({ ...CONFIGURATION, alarms: { overdueNodes: 10 } });
    const overdue = (nodeCount: number): Period => ({
      lines: { authority: audited(1, { event: "nodes_overdue", nodeCount }) },
    });
    assert.deepEqual([firesAtTen("NodesOverdue", overdue(9)), firesAtTen("NodesOverdue", overdue(10))], [false, true]);
  });

  it("look at the functions they are named after", () => {
    const looksAt = (name: string): string => JSON.stringify(alarms.get(name));
    assert.match(looksAt("WatchThrottles"), /"Ref":"ServiceKubernetesWatch/);
    assert.match(looksAt("AdministrationThrottles"), /"Ref":"ServiceKubernetesAdministration/);
  });
});

describe("the dashboard", () => {
  const body = JSON.stringify(service.findResources("AWS::CloudWatch::Dashboard"));

  it("answers three questions", () => {
    for (const question of ["Is it issuing?", "Is somebody attacking?", "What runs out?"])
      assert.ok(body.includes(question), question);
  });

  it("has every metric of the logs that no alarm has, and none that no filter feeds", () => {
    const onDashboard = new Set([...body.matchAll(/Nodeseal\/blue\\+",\\+"(\w+)/g)].map(([, name = ""]) => name));
    const inAlarms = JSON.stringify([...alarms.values()]);
    const fed = filters.flatMap(({ MetricTransformations }) =>
      MetricTransformations.map(({ MetricName }) => MetricName),
    );
    assert.deepEqual(
      [...onDashboard].filter((name) => !fed.includes(name)),
      [],
    );
    assert.deepEqual(
      fed.filter((name) => !onDashboard.has(name) && !inAlarms.includes(`"${name}"`)),
      [],
    );
  });

  it("has at most 50 metrics: the first three such are free", () => {
    assert.ok((body.match(/\[\\*"AWS\/|\[\\*"Nodeseal\//g) ?? []).length <= 50);
  });

  it("can be left out", () => {
    synthesizedTemplates({ alarms: { dashboard: false } }).service.resourceCountIs("AWS::CloudWatch::Dashboard", 0);
  });
});
