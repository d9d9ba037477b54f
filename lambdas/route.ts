/**
 * Who may call a route, checked by API Gateway before any of our code runs (`AuthorizationType` of an HTTP API route).
 */
export type RouteAuthorization = "NONE" | "AWS_IAM";

/**
 * One route of the HTTP API. The table of routes is data: the handler dispatches by `routeKey`, infra makes API Gateway
 * routes from it, and the local front door matches requests with it.
 *
 * `routeKey` has API Gateway's form: `POST /v1/certificates`, `GET /v1/certificates/{name}`, or `$default`.
 */
export interface Route {
  readonly routeKey: string;
  readonly authorization: RouteAuthorization;
}
