import type { HttpHandler } from "../../lambdas/http-handler.ts";
import type { Route } from "../../lambdas/route.ts";

/** A Lambda function and its routes, for the front door. */
export interface HttpFunction {
  readonly name: string;
  readonly routes: readonly Route[];
  readonly handler: HttpHandler;
}

export interface RouteMatch {
  readonly route: Route;
  readonly function: HttpFunction;
  readonly pathParameters: Readonly<Record<string, string>>;
}

interface Candidate {
  readonly method: string;
  readonly segments: readonly string[];
  readonly rank: string;
  readonly route: Route;
  readonly function: HttpFunction;
}

/**
 * Finds routes as API Gateway does: the most specific wins. Per segment, from the left, a literal beats `{name}`, which
 * beats `{name+}`. Then the method beats `ANY`. `$default` gets the rest.
 *
 * @throws Error when two functions have the same route key
 */
export function routeTable(
  functions: readonly HttpFunction[],
): (method: string, decodedPath: string) => RouteMatch | undefined {
  const candidates = functions
    .flatMap((httpFunction) => httpFunction.routes.map((route) => candidateOf(route, httpFunction)))
    .sort((one, other) => (one.rank < other.rank ? -1 : 1));
  const twice = candidates.find(({ route }, index) => candidates[index - 1]?.route.routeKey === route.routeKey);
  if (twice !== undefined) throw new Error(`the route ${twice.route.routeKey} is there twice`);
  return (method, decodedPath) => {
    const segments = segmentsOf(decodedPath);
    for (const candidate of candidates) {
      if (candidate.method !== "ANY" && candidate.method !== method) continue;
      const pathParameters = parametersOf(candidate.segments, segments);
      if (pathParameters) return { route: candidate.route, function: candidate.function, pathParameters };
    }
    return undefined;
  };
}

const DEFAULT_ROUTE_KEY = "$default";
/** Sorts after every other rank. */
const LAST = "9";

function candidateOf(route: Route, httpFunction: HttpFunction): Candidate {
  if (route.routeKey === DEFAULT_ROUTE_KEY)
    return { method: "ANY", segments: [DEFAULT_ROUTE_KEY], rank: LAST, route, function: httpFunction };
  const [method = "", path = ""] = route.routeKey.split(" ");
  const segments = segmentsOf(path);
  const rank = [...segments.map(rankOf), method === "ANY" ? "1" : "0", ...segments, method].join(" ");
  return { method, segments, rank, route, function: httpFunction };
}

/** `{name}` or `{name+}`. */
const VARIABLE = /^\{([^+}]+)(\+?)\}$/;

function rankOf(segment: string): string {
  const [, name, greedy] = VARIABLE.exec(segment) ?? [];
  if (name === undefined) return "1";
  return greedy === "+" ? "3" : "2";
}

function segmentsOf(path: string): string[] {
  return path.split("/").slice(1);
}

/** The values of the variables. Undefined when the path does not match. */
function parametersOf(
  pattern: readonly string[],
  segments: readonly string[],
): Readonly<Record<string, string>> | undefined {
  if (pattern[0] === DEFAULT_ROUTE_KEY) return {};
  const parameters: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const [, name, greedy] = VARIABLE.exec(part) ?? [];
    if (name === undefined) {
      if (segments[index] !== part) return undefined;
      continue;
    }
    const value = greedy === "+" ? segments.slice(index).join("/") : (segments[index] ?? "");
    if (value === "") return undefined;
    parameters[name] = value;
    if (greedy === "+") return parameters;
  }
  return pattern.length === segments.length ? parameters : undefined;
}
