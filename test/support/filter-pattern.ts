/**
 * Evaluates CloudWatch Logs' filter patterns for JSON lines, as far as ours go: equality of texts with `*` at the ends,
 * comparison of numbers, `&&` before `||`, parentheses. Whatever else a pattern holds is refused, not half understood.
 */
type Line = Readonly<Record<string, unknown>>;
type Condition = (line: Line) => boolean;

const TOKENS = /\s*(?:(\(|\)|&&|\|\|)|\$\.(\w+)\s*(=|>=|<=|>|<)\s*(?:"([^"]*)"|(-?\d+(?:\.\d+)?)))/y;

interface Token {
  readonly sign?: string;
  readonly condition?: Condition;
}

/** @throws Error when the pattern is of no kind known here */
export function filterPattern(pattern: string): Condition {
  const inner = /^\{(.*)\}$/s.exec(pattern)?.[1];
  if (inner === undefined) throw new Error(`${pattern} is no pattern of JSON`);
  const tokens = tokensOf(inner);
  const condition = disjunction(tokens);
  if (tokens.length > 0) throw new Error(`${pattern} goes on after its end`);
  return condition;
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let position = 0;
  while (text.slice(position).trim() !== "") {
    TOKENS.lastIndex = position;
    const [whole, sign, member = "", operator = "", wanted, number] = TOKENS.exec(text) ?? [];
    if (whole === undefined) throw new Error(`"${text.slice(position)}" is not evaluated here`);
    position += whole.length;
    if (sign !== undefined) tokens.push({ sign });
    else if (wanted !== undefined) tokens.push({ condition: equality(member, operator, wanted) });
    else tokens.push({ condition: comparison(member, operator, Number(number)) });
  }
  return tokens;
}

function equality(member: string, operator: string, wanted: string): Condition {
  if (operator !== "=") throw new Error(`a text is not compared by ${operator} here`);
  if (wanted.slice(1, -1).includes("*")) throw new Error(`"${wanted}" has a * inside`);
  return (line) => {
    const value = line[member];
    if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") return false;
    const text = String(value);
    const core = wanted.replace(/^\*|\*$/g, "");
    if (wanted === "*") return true;
    if (wanted.endsWith("*")) return text.startsWith(core);
    return wanted.startsWith("*") ? text.endsWith(core) : text === wanted;
  };
}

function comparison(member: string, operator: string, wanted: number): Condition {
  const holds: Readonly<Record<string, (value: number) => boolean>> = {
    "=": (value) => value === wanted,
    ">=": (value) => value >= wanted,
    "<=": (value) => value <= wanted,
    ">": (value) => value > wanted,
    "<": (value) => value < wanted,
  };
  return (line) => {
    const value = line[member];
    return typeof value === "number" && holds[operator]?.(value) === true;
  };
}

function disjunction(tokens: Token[]): Condition {
  const parts = [conjunction(tokens)];
  while (tokens[0]?.sign === "||") {
    tokens.shift();
    parts.push(conjunction(tokens));
  }
  return (line) => parts.some((part) => part(line));
}

function conjunction(tokens: Token[]): Condition {
  const parts = [term(tokens)];
  while (tokens[0]?.sign === "&&") {
    tokens.shift();
    parts.push(term(tokens));
  }
  return (line) => parts.every((part) => part(line));
}

function term(tokens: Token[]): Condition {
  const token = tokens.shift();
  if (token?.condition !== undefined) return token.condition;
  if (token?.sign !== "(") throw new Error("a condition is missing");
  const inner = disjunction(tokens);
  if (tokens.shift()?.sign !== ")") throw new Error("a parenthesis is not closed");
  return inner;
}
