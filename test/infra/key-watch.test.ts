import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { WATCHED_CALLS } from "../../infra/constructs/monitoring/key-watch.ts";
import { matchesEventPattern } from "../support/event-pattern.ts";
import { resolveTemplates } from "../support/iam/resolved-template.ts";
import { synthesizedTemplates } from "../support/synthesized-templates.ts";

const { state, service } = synthesizedTemplates({ alarms: { email: "ops@example.com" } });
const WHERE = { accountId: "111122223333", region: "eu-central-1" };
const resources = resolveTemplates([state.toJSON(), service.toJSON()], WHERE);
const ofType = (type: string) => Object.entries(resources).filter(([, resource]) => resource.type === type);
const keyArns = ofType("AWS::KMS::Key").map(([id]) => `arn:aws:kms:eu-central-1:111122223333:key/${id}`);
const rules = ofType("AWS::Events::Rule")
  .map(([, { properties }]) => properties)
  .filter(({ EventPattern }) => EventPattern !== undefined);

/** How many rules with a target that is the topic see the event. */
const told = (event: object): number =>
  rules.filter(({ EventPattern }) => matchesEventPattern(EventPattern, event)).length;

const envelope = {
  version: "0",
  id: "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
  source: "aws.kms",
  account: WHERE.accountId,
  region: WHERE.region,
  time: "2026-11-24T12:00:00Z",
};

/** As CloudTrail has it: resources say on which key, whatever name the caller used. */
const trailEvent = (eventName: string, keyArn: string, more: object = {}) => ({
  ...envelope,
  "detail-type": "AWS API Call via CloudTrail",
  resources: [],
  detail: {
    eventVersion: "1.08",
    userIdentity: { type: "IAMUser", arn: "arn:aws:iam::111122223333:user/Alice", accountId: WHERE.accountId },
    eventTime: "2026-11-24T12:00:00Z",
    eventSource: "kms.amazonaws.com",
    eventName,
    awsRegion: WHERE.region,
    requestParameters: { keyId: keyArn },
    responseElements: null,
    readOnly: false,
    resources: [{ accountId: WHERE.accountId, type: "AWS::KMS::Key", ARN: keyArn }],
    eventType: "AwsApiCall",
    managementEvent: true,
    ...more,
  },
});

const deletion = (keyArn: string) => ({
  ...envelope,
  "detail-type": "KMS CMK Deletion",
  resources: [keyArn],
  detail: { "key-id": keyArn.split("/")[1] },
});

describe("the watch over the CA keys", () => {
  for (const act of WATCHED_CALLS) {
    it(`tells of ${act} on either key, whoever did it, and of an attempt too`, () => {
      assert.equal(keyArns.length, 2);
      for (const keyArn of keyArns) {
        assert.equal(told(trailEvent(act, keyArn)), 1);
        assert.equal(told(trailEvent(act, keyArn, { errorCode: "AccessDenied" })), 1);
      }
    });
  }

  it("finds the key among several resources, as for an alias", () => {
    const [keyArn = ""] = keyArns;
    const alias = { type: "AWS::KMS::Alias", ARN: "arn:aws:kms:eu-central-1:111122223333:alias/nodeseal/issuing-g1" };
    assert.equal(told(trailEvent("UpdateAlias", keyArn, { resources: [alias, { ARN: keyArn }] })), 1);
  });

  it("tells of a key that is gone", () => assert.equal(told(deletion(keyArns[0] ?? "")), 1));

  it("keeps silent about other keys, other acts and other services", () => {
    const [keyArn = ""] = keyArns;
    assert.equal(told(trailEvent("DisableKey", "arn:aws:kms:eu-central-1:111122223333:key/other")), 0);
    assert.equal(told(deletion("arn:aws:kms:eu-central-1:111122223333:key/other")), 0);
    assert.equal(told(trailEvent("DescribeKey", keyArn)), 0);
    assert.equal(told({ ...trailEvent("DisableKey", keyArn), source: "aws.ec2" }), 0);
  });

  it("tells the topic, or a queue if the topic does not take it", () => {
    assert.ok(rules.length === 2);
    for (const { Targets } of rules) {
      const [target] = Targets as readonly { readonly Arn: string; readonly DeadLetterConfig?: object }[];
      assert.match(String(target?.Arn), /AlarmTopic/);
      assert.ok(target?.DeadLetterConfig !== undefined);
    }
  });
});
