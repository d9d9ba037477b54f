/** Policy statements as the templates have them. Whatever they do not use is refused, rather than half understood. */

export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: "Allow" | "Deny";
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
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
  readonly context: Readonly<Record<string, string>>;
}

const MEMBERS = new Set(["Sid", "Effect", "Action", "Resource", "Principal", "Condition"]);

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
    listOf(statement.Action).some((action) => isLike(action, call.action)) &&
    listOf(statement.Resource ?? "*").some((resource) => isLike(resource, call.resource)) &&
    isPrincipal(statement.Principal, call.principalArn) &&
    Object.entries(statement.Condition ?? {}).every(([operator, keys]) =>
      Object.entries(keys).every(([key, values]) => holds(operator, contextValue(call, key), listOf(values))),
    )
  );
}

/** The account stands for all its principals: IAM then decides on each. */
function isPrincipal(principal: PolicyStatement["Principal"], principalArn: string): boolean {
  if (principal === undefined || principal === "*") return true;
  const account = /^arn:aws:iam::(\d{12}):/.exec(principalArn)?.[1] ?? "";
  return listOf(principal["AWS"] ?? []).some(
    (arn) => arn === "*" || arn === principalArn || arn === `arn:aws:iam::${account}:root`,
  );
}

function contextValue(call: AwsCall, key: string): string | undefined {
  return key === "aws:PrincipalArn" ? call.principalArn : call.context[key];
}

/** A negated operator holds for a key that is absent; the others do not. */
function holds(operator: string, value: string | undefined, wanted: readonly string[]): boolean {
  switch (operator) {
    // Our calls have one value of a key at most.
    case "ForAllValues:StringEquals":
      return value === undefined || wanted.includes(value);
    case "StringEquals":
    case "Bool":
      return value !== undefined && wanted.includes(value);
    case "StringNotEquals":
      return value === undefined || !wanted.includes(value);
    case "ArnEquals":
      return value !== undefined && wanted.some((pattern) => isLike(pattern, value));
    case "ArnNotEquals":
      return value === undefined || !wanted.some((pattern) => isLike(pattern, value));
    case "NumericLessThan":
      return value !== undefined && wanted.some((limit) => Number(value) < Number(limit));
    default:
      throw new Error(`the condition operator ${operator} is not evaluated here`);
  }
}

function isLike(pattern: string, value: string): boolean {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "s").test(value);
}
