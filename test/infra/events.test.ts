import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PUBLISHED_LINES } from "../../core/audit/service-event.ts";
import { filterPattern } from "../support/filter-pattern.ts";
import { synthesizedTemplates } from "../support/synthesized-templates.ts";

interface Subscription {
  readonly FilterPattern: string;
  readonly LogGroupName: { readonly Ref: string };
}

const subscriptionsOf = (document: unknown): Subscription[] =>
  Object.values(
    synthesizedTemplates(document).service.findResources("AWS::Logs::SubscriptionFilter") as Record<
      string,
      { readonly Properties: Subscription }
    >,
  ).map(({ Properties }) => Properties);

describe("events in the template", () => {
  it("come from the logs of the three functions that write the audit log, and not from their own", () => {
    const groups = subscriptionsOf({}).map(({ LogGroupName }) => LogGroupName.Ref);
    assert.equal(groups.length, 3);
    assert.ok(groups.every((group) => /^Service(NodeApi|AdminApi|Authority)/.test(group)));
  });

  it("come from the published lines alone, by a pattern that CloudWatch Logs takes", () => {
    for (const { FilterPattern } of subscriptionsOf({})) {
      assert.ok(FilterPattern.length <= 1024, `${FilterPattern.length} characters`);
      const lets = filterPattern(FilterPattern);
      for (const message of PUBLISHED_LINES) assert.ok(lets({ message }), message);
      for (const message of ["request", "request_refused", "certificate_reserved", "request_failed", undefined])
        assert.ok(!lets({ message }), String(message));
    }
  });

  it("may be put on one bus only, and in the name of nodeseal only", () => {
    const { service } = synthesizedTemplates({ events: { busName: "security.events" } });
    const policies = JSON.stringify(service.findResources("AWS::IAM::Policy"));
    assert.equal(policies.match(/events:PutEvents/g)?.length, 1);
    assert.match(policies, /event-bus\/security\.events"/);
    assert.match(policies, /"StringEquals":\{"events:source":"nodeseal"\}/);
  });

  it("wait in a queue when they cannot be published", () => {
    const { service } = synthesizedTemplates({});
    const configs = JSON.stringify(service.findResources("AWS::Lambda::EventInvokeConfig"));
    assert.match(configs, /"OnFailure":\{"Destination":\{"Fn::GetAtt":\["ServiceEventsFailures/);
  });

  it("can be left out", () => {
    const { service } = synthesizedTemplates({ events: { busName: null } });
    service.resourceCountIs("AWS::Logs::SubscriptionFilter", 0);
    service.resourceCountIs("AWS::Lambda::Function", 3);
  });
});

describe("filterPattern", () => {
  const line = { message: "certificate_issued", tokenId: "abcdef", daysLeft: 30 };
  const patterns: readonly (readonly [pattern: string, holds: boolean])[] = [
    ['{ $.message = "certificate_issued" }', true],
    ['{ $.message = "certificate_*" }', true],
    ['{ $.message = "*_issued" }', true],
    ['{ $.tokenId = "*" }', true],
    ['{ $.absent = "*" }', false],
    ['{ ($.message = "a") || ($.message = "certificate_issued") }', true],
    ['{ ($.message = "certificate_issued") && ($.tokenId = "x") }', false],
    ['{ $.message = "a" && $.tokenId = "x" || $.daysLeft <= 30 }', true],
    ["{ $.daysLeft < 30 }", false],
  ];
  for (const [pattern, holds] of patterns) {
    it(`evaluates ${pattern}`, () => assert.equal(filterPattern(pattern)(line), holds));
  }

  for (const pattern of ["ERROR", "{ $.a IS TRUE }", '{ $.a = "x" ', '{ ($.a = "x" }', '{ $.a != "x" }']) {
    it(`refuses ${pattern}`, () => assert.throws(() => filterPattern(pattern)));
  }
});
