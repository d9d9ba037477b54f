import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { RefusalError } from "../../core/refusal.ts";
import type { Operation, Operations } from "../http/http-function.ts";
import { headOf } from "../http/response.ts";
import type { Route } from "../route.ts";

/**
 * Requests that no route took. API Gateway tells `/healthz/` from `/healthz`, and has no HEAD where there is GET
 * (RFC 9110 section 9.1 wants both). What is left has a method that its path has not, or a path that is not there.
 *
 * @throws RefusalError `method_not_allowed` with the methods of the path, `not_found`
 */
export function strayOperation(operations: Operations, routes: readonly Route[]): Operation {
  const keys = routes.map(({ routeKey }) => routeKey);
  return async (event) => {
    const path = event.rawPath.replace(/(?<=.)\/$/, "");
    const { method } = event.requestContext.http;
    const key = `${method === "HEAD" ? "GET" : method} ${path}`;
    const operation = keys.includes(key) && Object.hasOwn(operations, key) ? operations[key] : undefined;
    if (operation !== undefined) return answered(operation, event);
    const allow = methodsOf(path, keys);
    if (allow.length === 0) throw new RefusalError("not_found", "there is nothing at this path");
    throw new RefusalError("method_not_allowed", `this path is there for ${allow.join(", ")}, not for ${method}`, {
      allow,
    });
  };
}

async function answered(operation: Operation, event: APIGatewayProxyEventV2): ReturnType<Operation> {
  const answer = await operation(event);
  return event.requestContext.http.method === "HEAD" ? headOf(answer) : answer;
}

/** The methods of a path, whether its route names it or has variables. */
function methodsOf(path: string, keys: readonly string[]): string[] {
  const methods = keys
    .filter((key) => key.includes(" "))
    .filter((key) => pathPattern(key).test(path))
    .flatMap((key) => {
      const [method = ""] = key.split(" ");
      return method === "GET" && key === `GET ${path}` ? ["GET", "HEAD"] : [method];
    });
  return [...new Set(methods)];
}

function pathPattern(key: string): RegExp {
  const segments = key.slice(key.indexOf(" ") + 1).split("/");
  const patterns = segments.map((segment) =>
    segment.startsWith("{") ? (segment.endsWith("+}") ? ".+" : "[^/]+") : segment.replaceAll(".", "\\."),
  );
  return new RegExp(`^${patterns.join("/")}$`);
}
