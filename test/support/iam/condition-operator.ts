/** Condition operators as IAM's reference has them, as many as our templates use and their siblings. */

/** One value, or the set of a key that may have several. */
export type ContextValue = string | readonly string[];

interface Comparison {
  readonly matches: (wanted: string, value: string) => boolean;
  /** Holds where no wanted value matches; so also for a key that is absent. */
  readonly isNegated?: boolean;
}

const isSame = (wanted: string, value: string): boolean => wanted === value;

const COMPARISONS: Readonly<Record<string, Comparison>> = {
  StringEquals: { matches: isSame },
  StringNotEquals: { matches: isSame, isNegated: true },
  StringLike: { matches: isLike },
  StringNotLike: { matches: isLike, isNegated: true },
  // IAM's reference: ArnEquals and ArnLike behave identically.
  ArnEquals: { matches: isArnLike },
  ArnLike: { matches: isArnLike },
  ArnNotEquals: { matches: isArnLike, isNegated: true },
  ArnNotLike: { matches: isArnLike, isNegated: true },
  Bool: { matches: isSame },
  NumericLessThan: { matches: (limit, value) => Number(value) < Number(limit) },
};

const OPERATOR = /^(?:(?<set>ForAllValues|ForAnyValue):)?(?<name>[A-Za-z]+?)(?<ifExists>IfExists)?$/;

/** @throws Error for an operator that is not evaluated here, and where a key of many values is asked for without a set operator */
export function holds(operator: string, value: ContextValue | undefined, wanted: readonly string[]): boolean {
  if (operator === "Null") return wanted.includes(String(value === undefined));
  const { set, name = "", ifExists } = OPERATOR.exec(operator)?.groups ?? {};
  const comparison = COMPARISONS[name];
  if (comparison === undefined) throw new Error(`the condition operator ${operator} is not evaluated here`);
  const { matches, isNegated = false } = comparison;
  const isGood = (one: string): boolean => wanted.some((pattern) => matches(pattern, one)) !== isNegated;
  if (value === undefined && ifExists !== undefined) return true;
  const values = value === undefined ? [] : typeof value === "string" ? [value] : value;
  // Every value of none is a good one: a request without the key passes. That trap is IAM's own.
  if (set === "ForAllValues") return values.every(isGood);
  if (set === "ForAnyValue") return values.some(isGood);
  if (value === undefined) return isNegated;
  if (typeof value !== "string")
    throw new Error(`${operator} of a key of many values needs ForAllValues or ForAnyValue`);
  return isGood(value);
}

/** `*` and `?`, whatever they stand for; case counts. */
export function isLike(pattern: string, value: string): boolean {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "s").test(value);
}

/** Each of an ARN's six parts by itself: no wildcard reaches over a colon but in the last, the resource. */
export function isArnLike(pattern: string, arn: string): boolean {
  const [wanted, given] = [arnParts(pattern), arnParts(arn)];
  return wanted.length === given.length && wanted.every((part, index) => isLike(part, given[index] ?? ""));
}

function arnParts(arn: string): readonly string[] {
  const parts = arn.split(":");
  return parts.length <= 6 ? parts : [...parts.slice(0, 5), parts.slice(5).join(":")];
}
