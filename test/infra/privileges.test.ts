import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openAssembly } from "../support/deployed/assembly.ts";
import { ACCOUNT_ID, REGION } from "../support/deployed/deployed-service.ts";
import { signingCall } from "../support/deployed/privileged-call.ts";
import { whyDenied } from "../support/iam/deployed-policies.ts";
import type { AwsCall } from "../support/iam/policy-statement.ts";

/** What a function of ours, taken over, would try: no call of the suite shows it, so the policies themselves are asked. */
describe("least privilege of a deployment", () => {
  const deployment = openAssembly({ accountId: ACCOUNT_ID, region: REGION });
  const signing = (functionName: string, authorityId: string, changes: Partial<AwsCall> = {}): AwsCall =>
    signingCall(deployment, functionName, authorityId, changes);
  const putting = (functionName: string, source: string): AwsCall => ({
    action: "events:PutEvents",
    resource: "arn:aws:events:eu-central-1:111122223333:event-bus/default",
    principalArn: deployment.roleArn(functionName),
    context: { "events:source": source },
  });
  const writing = (functionName: string, id: string): AwsCall => ({
    action: "dynamodb:PutItem",
    resource: "arn:aws:dynamodb:eu-central-1:111122223333:table/nodeseal-authorities",
    principalArn: deployment.roleArn(functionName),
    context: { "dynamodb:LeadingKeys": id },
  });
  const updatingToken = (functionName: string, attributes: readonly string[]): AwsCall => ({
    action: "dynamodb:UpdateItem",
    resource: "arn:aws:dynamodb:eu-central-1:111122223333:table/nodeseal-tokens",
    principalArn: deployment.roleArn(functionName),
    context: { "dynamodb:Attributes": attributes },
  });
  const refused: readonly { why: string; call: AwsCall }[] = [
    {
      why: "the node function makes a token by an update of one that is not there",
      call: updatingToken("node-api", ["tokenId", "secretHash", "usages", "groups", "allowReplace"]),
    },
    {
      why: "the node function takes a token's limits away",
      call: updatingToken("node-api", ["tokenId", "sourceCidrs"]),
    },
    { why: "the admin function signs with the issuing key", call: signing("admin-api", "issuing-g1") },
    { why: "the node function signs with the root key", call: signing("node-api", "root-g1") },
    {
      why: "a raw message is signed",
      call: signing("node-api", "issuing-g1", {
        context: { "kms:SigningAlgorithm": "ECDSA_SHA_256", "kms:MessageType": "RAW" },
      }),
    },
    {
      why: "another algorithm is asked for",
      call: signing("node-api", "issuing-g1", {
        context: { "kms:SigningAlgorithm": "ECDSA_SHA_384", "kms:MessageType": "DIGEST" },
      }),
    },
    ...["node-api", "authority"].map((functionName) => ({
      why: `a function of somebody's own signs as ${functionName}'s role, which he was allowed to pass`,
      call: signing(functionName, "issuing-g1", {
        context: { "lambda:SourceFunctionArn": "arn:aws:lambda:eu-central-1:111122223333:function:insider" },
      }),
    })),
    {
      why: "the signer deletes its key",
      call: signing("node-api", "issuing-g1", { action: "kms:ScheduleKeyDeletion" }),
    },
    { why: "the node function puts events", call: putting("node-api", "nodeseal") },
    { why: "the events function speaks in another's name", call: putting("events", "aws.kms") },
    {
      why: "the admin function writes the trust bundle",
      call: writing("admin-api", "trust-bundle"),
    },
    {
      why: "the admin function writes what a CA is about to sign",
      call: writing("admin-api", "reserved/issuing-g2"),
    },
    {
      why: "the admin function says what has become of its own change requests",
      call: writing("admin-api", "progress"),
    },
    {
      why: "the node function admits what is not on record",
      call: writing("node-api", "recovery-admission"),
    },
    {
      why: "the node function writes change requests",
      call: writing("node-api", "wishes"),
    },
    {
      why: "the node function reads the trust bundle's bucket",
      call: signing("node-api", "issuing-g1", { action: "s3:GetObject", resource: "arn:aws:s3:::b/k" }),
    },
  ];
  for (const { why, call } of refused) {
    it(`denies when ${why}`, () => assert.notEqual(whyDenied(deployment.policies, call), undefined));
  }

  const administrator = "arn:aws:iam::111122223333:role/Administrator";
  const everything = { Effect: "Allow", Action: "*", Resource: "*" } as const;
  for (const action of ["kms:Sign", "kms:CreateGrant", "kms:ScheduleKeyDeletion"]) {
    it(`denies ${action} on CA keys to an administrator of the whole account`, () => {
      const identity = new Map([[administrator, [everything]]]);
      const policies = { ...deployment.policies, identity };
      for (const alias of ["root-g1", "issuing-g1"])
        assert.notEqual(
          whyDenied(policies, signing("node-api", alias, { principalArn: administrator, action })),
          undefined,
        );
    });
  }

  it("lets the admin function ask for changes of CAs, and the authority function make them", () => {
    for (const [functionName, id] of [
      ["admin-api", "wishes"],
      ["admin-api", "recovery-admission"],
      ["authority", "trust-bundle"],
    ] as const)
      assert.equal(whyDenied(deployment.policies, writing(functionName, id)), undefined, functionName);
  });

  it("lets the node function count a token's use", () => {
    const attributes = ["tokenId", "usedBy", "maxUses", "revokedAt", "expiration"];
    assert.equal(whyDenied(deployment.policies, updatingToken("node-api", attributes)), undefined);
  });

  it("lets that administrator stop a key, for that can be undone", () => {
    const policies = { ...deployment.policies, identity: new Map([[administrator, [everything]]]) };
    const call = signing("node-api", "issuing-g1", { principalArn: administrator, action: "kms:DisableKey" });
    assert.equal(whyDenied(policies, call), undefined);
  });
});
