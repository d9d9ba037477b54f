import type { NodeApiRouteKey } from "../lambdas/node-api/routes.ts";
import type { Route } from "../lambdas/route.ts";

/** What API Gateway lets through to one route; what is above is answered 429 before any function runs. */
export interface Throttle {
  readonly requestsPerSecond: number;
  readonly burst: number;
}

/** Both signing routes together stay under the KMS quota of 1,000 signatures a second. */
const SIGNING: Throttle = { requestsPerSecond: 450, burst: 900 };
const READING: Throttle = { requestsPerSecond: 500, burst: 1000 };
/** Anonymous and answered from memory. */
const STATIC: Throttle = { requestsPerSecond: 200, burst: 400 };
/** Nobody has business here. */
const STRAY: Throttle = { requestsPerSecond: 50, burst: 100 };

const NODE_API_THROTTLES: Readonly<Record<NodeApiRouteKey, Throttle>> = {
  "POST /v1/certificates": SIGNING,
  "GET /v1/certificates/{name}": READING,
  "POST /v1/certificates/{name}/confirmation": SIGNING,
  "POST /v1/certificates/renew": SIGNING,
  "GET /v1/trust-bundle": READING,
  "GET /v1/openapi.json": STATIC,
  "GET /healthz": STATIC,
  $default: STRAY,
};

/** People and their scripts. */
const ADMINISTRATION: Throttle = { requestsPerSecond: 20, burst: 40 };

export interface ThrottledRoute extends Route {
  readonly throttle: Throttle;
}

export function throttledNodeRoute(route: Route & { readonly routeKey: NodeApiRouteKey }): ThrottledRoute {
  return { ...route, throttle: NODE_API_THROTTLES[route.routeKey] };
}

export function throttledAdminRoute(route: Route): ThrottledRoute {
  return { ...route, throttle: ADMINISTRATION };
}
