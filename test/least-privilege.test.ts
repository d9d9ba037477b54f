import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Assembly } from "./support/deployed/assembly.ts";
import { wholeDeployment } from "./support/deployed/whole-deployment.ts";
import { awsCallsOf } from "./support/iam/aws-calls.ts";
import { deniedCalls, unusedPermissions } from "./support/iam/deployed-policies.ts";
import type { AwsCall } from "./support/iam/policy-statement.ts";
import { keptRequests } from "./support/iam/recorded-request.ts";

const requests = keptRequests();
const noCall = requests.length === 0 ? "no test of this run made a function call AWS" : false;
const isPart = process.env["NODESEAL_WHOLE_RUN"] === undefined ? "only a part of the suite was run" : false;

/** Once each: the suite makes the same few calls thousands of times. */
function distinct(calls: readonly AwsCall[]): AwsCall[] {
  return [...new Map(calls.map((call) => [JSON.stringify(call), call])).values()];
}

/** As many as `authority-rollover.test.ts` goes through. In AWS each would have come with a deployment of its own. */
const ROLLED_OVER = { rootGenerations: 2, issuingGenerations: 3 };

describe("least privilege, by every call of this run", { skip: noCall }, () => {
  const deployment = wholeDeployment();
  const callsIn = (where: Assembly): readonly AwsCall[] =>
    distinct(requests.flatMap((request) => awsCallsOf(request, where)));
  const calls = callsIn(deployment);

  it("allows every call that a function made", () => {
    const rolledOver = wholeDeployment(ROLLED_OVER);
    assert.deepEqual(deniedCalls(rolledOver.policies, callsIn(rolledOver)), []);
  });

  // What further generations are granted is counted where bundles make them: test/infra/deployed-authorities.test.ts.
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
