import type { Route } from "../route.ts";

/** Nodes authenticate in the function: by token, client certificate or proof. API Gateway lets all of them through. */
export const routes = [
  { routeKey: "POST /v1/certificates", authorization: "NONE" },
  { routeKey: "GET /v1/certificates/{name}", authorization: "NONE" },
  { routeKey: "POST /v1/certificates/{name}/confirmation", authorization: "NONE" },
  { routeKey: "GET /v1/certificates/{name}/renewal-window", authorization: "NONE" },
  { routeKey: "POST /v1/certificates/renew", authorization: "NONE" },
  { routeKey: "GET /v1/discovery/{tokenId}", authorization: "NONE" },
  { routeKey: "GET /v1/trust-bundle", authorization: "NONE" },
  { routeKey: "GET /v1/crl/{authorityId}", authorization: "NONE" },
  { routeKey: "GET /v1/crl/{authorityId}/{shard}", authorization: "NONE" },
  { routeKey: "GET /v1/revoked-certificates", authorization: "NONE" },
  { routeKey: "POST /v1/ocsp", authorization: "NONE" },
  { routeKey: "GET /v1/ocsp/{request+}", authorization: "NONE" },
  { routeKey: "GET /v1/openapi.json", authorization: "NONE" },
  { routeKey: "GET /healthz", authorization: "NONE" },
  { routeKey: "$default", authorization: "NONE" },
] as const satisfies readonly Route[];

export type NodeApiRouteKey = (typeof routes)[number]["routeKey"];
