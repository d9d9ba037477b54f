import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { holds, isArnLike } from "./condition-operator.ts";
import { whyDenied } from "./deployed-policies.ts";
import { isAbout, statementsOf, type AwsCall, type PolicyStatement } from "./policy-statement.ts";

const KEY = "arn:aws:kms:eu-central-1:111122223333:key/1";
const ROLE = "arn:aws:iam::111122223333:role/node-api";
const call = (changes: Partial<AwsCall> = {}): AwsCall => ({
  action: "kms:Sign",
  resource: KEY,
  principalArn: ROLE,
  context: {},
  ...changes,
});
const allow = (changes: Partial<PolicyStatement> = {}): PolicyStatement => ({
  Effect: "Allow",
  ...("NotAction" in changes ? {} : { Action: "kms:Sign" }),
  ...("NotResource" in changes ? {} : { Resource: "*" }),
  ...changes,
});

describe("condition operators, as IAM's reference has them", () => {
  const absent = undefined;
  const table: readonly [string, string | readonly string[] | undefined, readonly string[], boolean][] = [
    ["StringEquals", "a", ["b", "a"], true],
    ["StringEquals", "A", ["a"], false],
    ["StringEquals", "ab", ["a*"], false],
    ["StringEquals", absent, ["a"], false],
    ["StringNotEquals", "a", ["a", "b"], false],
    ["StringNotEquals", "c", ["a", "b"], true],
    ["StringNotEquals", absent, ["a"], true],
    ["StringLike", "prefix/a/b", ["prefix/*"], true],
    ["StringLike", "Prefix/a", ["prefix/*"], false],
    ["StringLike", "ab", ["a?"], true],
    ["StringLike", "a", ["a?"], false],
    ["StringLike", "a.c", ["a.?"], true],
    ["StringLike", "abc", ["a.c"], false],
    ["StringNotLike", absent, ["a*"], true],
    ["StringNotLike", "ab", ["a*"], false],
    ["ArnEquals", ROLE, ["arn:aws:iam::111122223333:role/*"], true],
    ["ArnLike", ROLE, ["arn:*:iam::*:role/node-???"], true],
    ["ArnLike", ROLE, ["arn:aws:*:role/node-api"], false],
    ["ArnEquals", absent, ["*"], false],
    ["ArnNotEquals", ROLE, [ROLE], false],
    ["ArnNotEquals", absent, [ROLE], true],
    ["Bool", "true", ["true"], true],
    ["Bool", "false", ["true"], false],
    ["Bool", absent, ["false"], false],
    ["NumericLessThan", "1.1", ["1.2"], true],
    ["NumericLessThan", "10", ["9"], false],
    ["NumericLessThan", absent, ["9"], false],
    ["Null", absent, ["true"], true],
    ["Null", "a", ["true"], false],
    ["Null", "a", ["false"], true],
    ["Null", absent, ["false"], false],
    ["StringEqualsIfExists", absent, ["a"], true],
    ["StringEqualsIfExists", "b", ["a"], false],
    ["BoolIfExists", absent, ["true"], true],
    ["ForAllValues:StringEquals", absent, ["a"], true],
    ["ForAllValues:StringEquals", [], ["a"], true],
    ["ForAllValues:StringEquals", ["a", "b"], ["a", "b", "c"], true],
    ["ForAllValues:StringEquals", ["a", "x"], ["a", "b"], false],
    ["ForAllValues:StringNotEquals", ["x", "a"], ["a"], false],
    ["ForAnyValue:StringEquals", absent, ["a"], false],
    ["ForAnyValue:StringEquals", [], ["a"], false],
    ["ForAnyValue:StringEquals", ["x", "a"], ["a"], true],
    ["ForAnyValue:StringLike", "ab", ["a*"], true],
  ];
  for (const [operator, value, wanted, expected] of table) {
    it(`${operator} of ${value === undefined ? "an absent key" : JSON.stringify(value)} and ${wanted.join(", ")} is ${expected}`, () =>
      assert.equal(holds(operator, value, wanted), expected));
  }

  it("refuses what it does not know, and many values where one is meant", () => {
    for (const operator of ["IpAddress", "DateLessThan", "ForSomeValues:StringEquals", "NullIfExists", "IfExists"])
      assert.throws(() => holds(operator, "a", ["a"]), /is not evaluated here/, operator);
    assert.throws(() => holds("StringEquals", ["a"], ["a"]), /needs ForAllValues or ForAnyValue/);
  });

  it("lets a wildcard of an ARN reach over colons in its last part only", () => {
    assert.equal(isArnLike("arn:aws:logs:*:1:log-group:*", "arn:aws:logs:eu:1:log-group:a:b"), true);
    assert.equal(isArnLike("arn:aws:s3:::*", "arn:aws:s3:eu:1:b"), false);
  });
});

describe("statements", () => {
  const cases: readonly [string, Partial<PolicyStatement>, Partial<AwsCall>, boolean][] = [
    ["names of actions without their case", { Action: "KMS:sign" }, {}, true],
    ["wildcards in actions", { Action: ["s3:*", "kms:S*"] }, {}, true],
    ["resources with their case", { Resource: KEY.toUpperCase() }, {}, false],
    ["everything but NotAction", { NotAction: "kms:*" }, {}, false],
    ["everything but other actions", { NotAction: "s3:*" }, {}, true],
    ["everything but NotResource", { NotResource: KEY }, {}, false],
    ["everything but other resources", { NotResource: `${KEY}0` }, {}, true],
    ["the principal by its ARN", { Principal: { AWS: ROLE } }, {}, true],
    ["another principal", { Principal: { AWS: `${ROLE}-2` } }, {}, false],
    ["no pattern of a principal", { Principal: { AWS: "arn:aws:iam::111122223333:role/*" } }, {}, false],
    ["the account for its principals", { Principal: { AWS: "arn:aws:iam::111122223333:root" } }, {}, true],
    ["the account by its number", { Principal: { AWS: "111122223333" } }, {}, true],
    ["another account", { Principal: { AWS: "arn:aws:iam::444455556666:root" } }, {}, false],
    ["a service, which is no role", { Principal: { Service: "kms.amazonaws.com" } }, {}, false],
    ["aws:PrincipalArn", { Condition: { ArnEquals: { "aws:PrincipalArn": ROLE } } }, {}, true],
    ["keys without their case", { Condition: { StringEquals: { "AWS:principalarn": ROLE } } }, {}, true],
    ["all conditions together", { Condition: { Null: { a: "true" }, Bool: { b: "true" } } }, {}, false],
  ];
  for (const [why, statement, changes, expected] of cases)
    it(`match ${why}: ${expected}`, () => assert.equal(isAbout(allow(statement), call(changes)), expected));

  it("with NotPrincipal are refused", () => {
    assert.throws(
      () => statementsOf({ Statement: [{ ...allow(), NotPrincipal: "*" }] }),
      /NotPrincipal is not evaluated/,
    );
  });
});

describe("whyDenied", () => {
  const everything = allow({ Action: "kms:*" });
  const keyAllows = allow({ Principal: { AWS: "arn:aws:iam::111122223333:root" } });
  const decided = (own: readonly PolicyStatement[], keys: readonly PolicyStatement[]) =>
    whyDenied({ identity: new Map([[ROLE, own]]), resource: new Map([[KEY, keys]]) }, call());

  it("wants a key's policy and the role's both", () => {
    assert.equal(decided([everything], [keyAllows]), undefined);
    assert.equal(decided([], [keyAllows]), "the role does not allow it");
    assert.equal(decided([everything], []), "the key's policy does not allow it");
  });

  it("lets an explicit denial win on either side, in any order", () => {
    const deny: PolicyStatement = { ...everything, Effect: "Deny", Sid: "No" };
    for (const own of [
      [deny, everything],
      [everything, deny],
    ])
      assert.equal(decided(own, [keyAllows]), "denied by No");
    for (const keys of [
      [deny, keyAllows],
      [keyAllows, deny],
    ])
      assert.equal(decided([everything], keys), "denied by No");
  });
});
