import type { Deployment, ResolvedTemplate } from "./resolved-template.ts";
import { isAbout, listOf, statementsOf, type AwsCall, type PolicyStatement } from "./policy-statement.ts";

/** All that decides on a call in one account: what roles may, and what keys and buckets say themselves. */
export interface DeployedPolicies {
  /** By role ARN. */
  readonly identity: ReadonlyMap<string, readonly PolicyStatement[]>;
  /** By key or bucket ARN. */
  readonly resource: ReadonlyMap<string, readonly PolicyStatement[]>;
}

export function deployedPolicies(template: ResolvedTemplate, where: Deployment): DeployedPolicies {
  const identity = new Map<string, PolicyStatement[]>();
  const resource = new Map<string, readonly PolicyStatement[]>();
  const keyArn = (id: string): string => `arn:aws:kms:${where.region}:${where.accountId}:key/${id}`;
  const roleArn = (name: string): string => `arn:aws:iam::${where.accountId}:role/${name}`;
  for (const [id, { type, properties }] of Object.entries(template)) {
    if (type === "AWS::IAM::Role") {
      const arn = roleArn(roleNameOf(id, properties));
      identity.set(arn, identity.get(arn) ?? []);
    }
    if (type === "AWS::KMS::Key") resource.set(keyArn(id), statementsOf(properties["KeyPolicy"]));
    if (type === "AWS::S3::BucketPolicy")
      resource.set(`arn:aws:s3:::${String(properties["Bucket"])}`, statementsOf(properties["PolicyDocument"]));
    if (type !== "AWS::IAM::Policy") continue;
    for (const roleName of properties["Roles"] as string[]) {
      const arn = roleArn(roleName);
      if (!isRole(template, roleName)) throw new Error(`no role is named ${roleName}`);
      identity.set(arn, [...(identity.get(arn) ?? []), ...statementsOf(properties["PolicyDocument"])]);
    }
  }
  return { identity, resource };
}

function isRole(template: ResolvedTemplate, roleName: string): boolean {
  return Object.entries(template).some(
    ([id, { type, properties }]) => type === "AWS::IAM::Role" && roleNameOf(id, properties) === roleName,
  );
}

/** The id stands for the name that CloudFormation makes where a template gives none. */
function roleNameOf(id: string, properties: Readonly<Record<string, unknown>>): string {
  const name = properties["RoleName"];
  return typeof name === "string" ? name : id;
}

/**
 * Whether AWS would let a call through, and if not, why not. A key wants both: its own policy and the role's. Everything
 * else in the same account wants the role's, unless it denies by itself.
 */
export function whyDenied({ identity, resource }: DeployedPolicies, call: AwsCall): string | undefined {
  const own = identity.get(call.principalArn) ?? [];
  const theirs = resource.get(resourceWithPolicy(call.resource)) ?? [];
  const denial = [...own, ...theirs].find((statement) => statement.Effect === "Deny" && isAbout(statement, call));
  if (denial !== undefined) return `denied by ${denial.Sid ?? "a statement without a name"}`;
  const isAllowed = (statements: readonly PolicyStatement[]): boolean =>
    statements.some((statement) => statement.Effect === "Allow" && isAbout(statement, call));
  if (!isAllowed(own)) return "the role does not allow it";
  if (call.action.startsWith("kms:") && !isAllowed(theirs)) return "the key's policy does not allow it";
  return undefined;
}

/** Calls that AWS would not let through, once each, with the reason: none where the roles say enough. */
export function deniedCalls(policies: DeployedPolicies, calls: readonly AwsCall[]): string[] {
  const denied = calls.flatMap((call) => {
    const why = whyDenied(policies, call);
    return why === undefined ? [] : [`${call.principalArn} ${call.action} ${call.resource}: ${why}`];
  });
  return [...new Set(denied)];
}

function resourceWithPolicy(arn: string): string {
  return arn.startsWith("arn:aws:s3:::") ? arn.replace(/\/.*$/, "") : arn;
}

/** What Lambda itself does in a function's name; no call of our code shows it. */
const USED_BY_LAMBDA = new Set([
  "logs:CreateLogStream",
  "logs:PutLogEvents",
  "sqs:SendMessage",
  "sqs:GetQueueAttributes",
  "sqs:GetQueueUrl",
]);

/** Permissions of roles that no call needed: `<role ARN> kms:Sign <resource>`. */
export function unusedPermissions({ identity }: DeployedPolicies, calls: readonly AwsCall[]): string[] {
  return [...identity].flatMap(([principalArn, statements]) =>
    statements
      .filter(({ Effect }) => Effect === "Allow")
      .flatMap((statement) => single(statement))
      .filter((statement) => !USED_BY_LAMBDA.has(statement.Action))
      .filter((statement) => !calls.some((call) => call.principalArn === principalArn && isAbout(statement, call)))
      .map(({ Action, Resource }) => `${principalArn} ${Action} ${Resource}`),
  );
}

/** One statement for each action on each resource. */
function single(statement: PolicyStatement): (PolicyStatement & { Action: string; Resource: string })[] {
  // What is not named cannot be counted as used.
  if (statement.NotAction !== undefined || statement.NotResource !== undefined)
    throw new Error(`${statement.Sid ?? "a statement"} grants by what it leaves out`);
  return listOf(statement.Action ?? []).flatMap((Action) =>
    listOf(statement.Resource ?? "*").map((Resource) => ({ ...statement, Action, Resource })),
  );
}
