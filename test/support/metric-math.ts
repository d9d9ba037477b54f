/**
 * Evaluates CloudWatch's metric math as far as ours goes: `+ - * <`, SUM and MAX of a list, FILL and IF. Whatever else an
 * expression holds is refused. A metric without a value in the period is undefined, and so is what is made of it.
 */
export type Values = Readonly<Record<string, number | undefined>>;
type Value = number | undefined | readonly (number | undefined)[];

const TOKEN = /\s*(?:(\d+(?:\.\d+)?)|([A-Za-z]\w*)|([-+*<(),[\]]))/y;

/** @throws Error when the expression is of no kind known here */
export function evaluateMetricMath(expression: string, values: Values): number | undefined {
  const tokens = tokensOf(expression);
  const value = comparison(tokens, values);
  if (tokens.length > 0 || Array.isArray(value)) throw new Error(`${expression} is not evaluated here`);
  return value as number | undefined;
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  let position = 0;
  while (text.slice(position).trim() !== "") {
    TOKEN.lastIndex = position;
    const match = TOKEN.exec(text);
    if (match === null) throw new Error(`"${text.slice(position)}" is not evaluated here`);
    tokens.push(match[0].trim());
    position = TOKEN.lastIndex;
  }
  return tokens;
}

function comparison(tokens: string[], values: Values): Value {
  const left = sumOf(tokens, values);
  if (tokens[0] !== "<") return left;
  tokens.shift();
  const right = scalar(sumOf(tokens, values));
  const first = scalar(left);
  return first === undefined || right === undefined ? undefined : Number(first < right);
}

function sumOf(tokens: string[], values: Values): Value {
  let result = product(tokens, values);
  while (tokens[0] === "+" || tokens[0] === "-") {
    const sign = tokens.shift() === "+" ? 1 : -1;
    const right = scalar(product(tokens, values));
    const left = scalar(result);
    result = left === undefined || right === undefined ? undefined : left + sign * right;
  }
  return result;
}

function product(tokens: string[], values: Values): Value {
  let result = term(tokens, values);
  while (tokens[0] === "*") {
    tokens.shift();
    const right = scalar(term(tokens, values));
    const left = scalar(result);
    result = left === undefined || right === undefined ? undefined : left * right;
  }
  return result;
}

function term(tokens: string[], values: Values): Value {
  const token = tokens.shift() ?? "";
  if (/^\d/.test(token)) return Number(token);
  if (token === "[") return listUntil("]", tokens, values).map(scalar);
  if (tokens[0] === "(") {
    tokens.shift();
    return call(token, listUntil(")", tokens, values));
  }
  if (!Object.hasOwn(values, token)) throw new Error(`no metric is called ${token}`);
  return values[token];
}

function listUntil(end: string, tokens: string[], values: Values): Value[] {
  const list = [comparison(tokens, values)];
  for (let token = tokens.shift(); token !== end; token = tokens.shift()) {
    if (token !== ",") throw new Error(`${token ?? "nothing"} where a comma or ${end} should be`);
    list.push(comparison(tokens, values));
  }
  return list;
}

function call(name: string, [first, second, third]: readonly Value[]): Value {
  switch (name) {
    case "FILL":
      return first ?? second;
    case "IF":
      return scalar(first) === 0 ? third : second;
    case "SUM":
      return overList(first, (numbers) => numbers.reduce((total, number) => total + number));
    case "MAX":
      return overList(first, (numbers) => Math.max(...numbers));
    default:
      throw new Error(`${name} is not evaluated here`);
  }
}

function overList(value: Value, fold: (numbers: readonly number[]) => number): number | undefined {
  if (typeof value !== "object") throw new Error("a list is wanted");
  const numbers = value.filter((number) => number !== undefined);
  return numbers.length === 0 ? undefined : fold(numbers);
}

function scalar(value: Value): number | undefined {
  if (typeof value === "object") throw new Error("a list stands where a number should");
  return value;
}
