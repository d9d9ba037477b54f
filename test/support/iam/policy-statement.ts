import { holds, isArnLike, isLike, type ContextValue } from "./condition-operator.ts";

/** Policy statements as the templates have them. Whatever they do not use is refused, rather than half understood. */

export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: "Allow" | "Deny";
  readonly Action?: string | readonly string[];
  readonly NotAction?: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly NotResource?: string | readonly string[];
  readonly Principal?: "*" | Readonly<Record<string, string | readonly string[]>>;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | number | readonly string[]>>>>;
}

/** One call as IAM sees it. */
export interface AwsCall {
  /** `kms:Sign`. */
  readonly action: string;
  readonly resource: string;
  readonly principalArn: string;
  /** Condition keys and their values, without `aws:PrincipalArn`. */
  readonly context: Readonly<Record<string, ContextValue>>;
}

const MEMBERS = new Set(["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "Condition"]);

/** @throws Error when the document holds what is not evaluated here */
export function statementsOf(policyDocument: unknown): readonly PolicyStatement[] {
  const { Statement } = policyDocument as { readonly Statement: readonly PolicyStatement[] };
  for (const statement of Statement) {
    const unknown = Object.keys(statement).find((member) => !MEMBERS.has(member));
    if (unknown !== undefined) throw new Error(`a statement with ${unknown} is not evaluated here`);
  }
  return Statement;
}

/** One or many, and numbers where JSON has them (`s3:TlsVersion`). */
export function listOf(value: string | number | readonly string[]): readonly string[] {
  return typeof value === "string" || typeof value === "number" ? [String(value)] : value;
}

/** Whether a statement speaks of this call. In a key's own policy `*` is the key. */
export function isAbout(statement: PolicyStatement, call: AwsCall): boolean {
  return (
    isAction(statement, call.action) &&
    isResource(statement, call.resource) &&
    isPrincipal(statement.Principal, call.principalArn) &&
    Object.entries(statement.Condition ?? {}).every(([operator, keys]) =>
      Object.entries(keys).every(([key, values]) => holds(operator, contextValue(call, key), listOf(values))),
    )
  );
}

/** Case does not count in names of actions. */
function isAction({ Action, NotAction }: PolicyStatement, action: string): boolean {
  const isNamed = (pattern: string): boolean => isLike(pattern.toLowerCase(), action.toLowerCase());
  return NotAction === undefined ? listOf(Action ?? []).some(isNamed) : !listOf(NotAction).some(isNamed);
}

function isResource({ Resource = "*", NotResource }: PolicyStatement, resource: string): boolean {
  const isNamed = (pattern: string): boolean => pattern === "*" || isArnLike(pattern, resource);
  return NotResource === undefined ? listOf(Resource).some(isNamed) : !listOf(NotResource).some(isNamed);
}

/** The account stands for all its principals: IAM then decides on each. */
function isPrincipal(principal: PolicyStatement["Principal"], principalArn: string): boolean {
  if (principal === undefined || principal === "*") return true;
  const account = /^arn:aws:iam::(\d{12}):/.exec(principalArn)?.[1] ?? "";
  return listOf(principal["AWS"] ?? []).some((arn) =>
    ["*", principalArn, account, `arn:aws:iam::${account}:root`].includes(arn),
  );
}

/** Case does not count in names of condition keys. */
function contextValue(call: AwsCall, key: string): ContextValue | undefined {
  const context = { ...call.context, "aws:PrincipalArn": call.principalArn };
  return Object.entries(context).find(([name]) => name.toLowerCase() === key.toLowerCase())?.[1];
}
