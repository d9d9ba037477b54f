import middy from "@middy/core";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import { RefusalError } from "../../core/refusal.ts";
import type { HttpHandler } from "../http-handler.ts";
import type { Observer } from "../observer.ts";
import { fromEdge, type Edge } from "./edge.ts";
import { internalProblem, problem } from "./problem.ts";

export type Operation = (event: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>;

/** Operations by route key, as in the route table. */
export type Operations = Readonly<Record<string, Operation>>;

/**
 * A function behind the HTTP API. It dispatches by the route key that API Gateway matched. Refusals become problem
 * documents. Any other error becomes a bare 500 and one line in the log.
 *
 * @param edge CloudFront in front of the API. Without it, its headers are ignored
 */
export function httpFunction(operations: Operations, observer: Observer, edge?: Edge): HttpHandler {
  const handler = middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>()
    .use(observed(observer))
    .use(refusalsAsProblems(observer))
    .use(edge === undefined ? [] : admittedFrom(edge, observer))
    .handler(async (event) => {
      const operation = Object.hasOwn(operations, event.routeKey) ? operations[event.routeKey] : undefined;
      if (operation === undefined)
        throw new RefusalError("not_found", "there is nothing at this path, or not with this method");
      return operation(event);
    });
  return async (event, context: Context) => handler(event, context);
}

/** Writes one line and one set of metrics per request, after the answer is made and before Lambda freezes. */
function observed(observer: Observer): middy.MiddlewareObj<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2> {
  return {
    before: ({ event, context }) => observer.begin(event, context),
    after: ({ event, response }) => observer.end(event, response?.statusCode ?? 500),
    onError: ({ event, response }) => observer.end(event, response?.statusCode ?? 500),
  };
}

/** All later steps, the log included, see the client's address and not the edge's. */
function admittedFrom(
  edge: Edge,
  observer: Observer,
): middy.MiddlewareObj<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2> {
  return {
    before: async (request) => {
      request.event = await fromEdge(request.event, edge);
      observer.begin(request.event, request.context);
    },
  };
}

function refusalsAsProblems(
  observer: Observer,
): middy.MiddlewareObj<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2> {
  return {
    onError: (request) => {
      const { error } = request;
      if (error instanceof RefusalError) {
        observer.refused(error);
        request.response = problem(error);
        return;
      }
      observer.failed(error);
      request.response = internalProblem();
    },
  };
}
