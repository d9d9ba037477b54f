import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { wholeDeployment } from "./support/deployed/whole-deployment.ts";
import { awsCallsOf } from "./support/iam/aws-calls.ts";
import { unusedPermissions, whyDenied } from "./support/iam/deployed-policies.ts";
import type { AwsCall } from "./support/iam/policy-statement.ts";
import { keptRequests } from "./support/iam/recorded-request.ts";

const requests = keptRequests();
const noCall = requests.length === 0 ? "no test of this run made a function call AWS" : false;
const isPart = process.env["NODESEAL_WHOLE_RUN"] === undefined ? "only a part of the suite was run" : false;

/** Once each: the suite makes the same few calls thousands of times. */
function distinct(calls: readonly AwsCall[]): AwsCall[] {
  return [...new Map(calls.map((call) => [JSON.stringify(call), call])).values()];
}

describe("least privilege, by every call of this run", { skip: noCall }, () => {
  // As many as `authority-rollover.test.ts` goes through. In AWS each would have come with a deployment of its own.
  const deployment = wholeDeployment({ rootGenerations: 2, issuingGenerations: 3 });
  const calls = distinct(requests.flatMap((request) => awsCallsOf(request, deployment)));

  it("allows every call that a function made", () => {
    const denied = calls.flatMap((call) => {
      const why = whyDenied(deployment.policies, call);
      return why === undefined ? [] : [`${call.principalArn} ${call.action} ${call.resource}: ${why}`];
    });
    assert.deepEqual([...new Set(denied)], []);
  });

  it("grants nothing that no call needed", { skip: isPart }, () => {
    assert.deepEqual(unusedPermissions(deployment.policies, calls), []);
  });

  it("saw every function at work", { skip: isPart }, () => {
    const seen = new Set(calls.map(({ principalArn }) => principalArn));
    assert.deepEqual(
      deployment.functions.map(({ roleArn }) => roleArn).filter((roleArn) => !seen.has(roleArn)),
      [],
    );
  });
});
