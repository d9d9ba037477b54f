import type { Route } from "../route.ts";

/** Administrators are IAM principals: API Gateway checks their signatures before the function runs. */
export const routes = [
  { routeKey: "POST /v1/admin/tokens", authorization: "AWS_IAM" },
  { routeKey: "GET /v1/admin/tokens", authorization: "AWS_IAM" },
  { routeKey: "GET /v1/admin/tokens/{id}", authorization: "AWS_IAM" },
  { routeKey: "DELETE /v1/admin/tokens/{id}", authorization: "AWS_IAM" },
  { routeKey: "GET /v1/admin/requests", authorization: "AWS_IAM" },
  { routeKey: "GET /v1/admin/requests/{name}", authorization: "AWS_IAM" },
  { routeKey: "POST /v1/admin/requests/{name}/approval", authorization: "AWS_IAM" },
  { routeKey: "GET /v1/admin/certificates", authorization: "AWS_IAM" },
  { routeKey: "GET /v1/admin/certificates/{serialNumber}", authorization: "AWS_IAM" },
  { routeKey: "POST /v1/admin/certificates/{serialNumber}/revocation", authorization: "AWS_IAM" },
  { routeKey: "GET /v1/admin/nodes", authorization: "AWS_IAM" },
  { routeKey: "GET /v1/admin/nodes/{name}", authorization: "AWS_IAM" },
  { routeKey: "POST /v1/admin/nodes/{name}/release", authorization: "AWS_IAM" },
  { routeKey: "POST /v1/admin/nodes/{name}/revocation", authorization: "AWS_IAM" },
  { routeKey: "POST /v1/admin/nodes/{name}/recovery", authorization: "AWS_IAM" },
  { routeKey: "POST /v1/admin/nodes/{name}/renewal", authorization: "AWS_IAM" },
  { routeKey: "GET /v1/admin/recovery-admission", authorization: "AWS_IAM" },
  { routeKey: "POST /v1/admin/recovery-admission", authorization: "AWS_IAM" },
  { routeKey: "DELETE /v1/admin/recovery-admission", authorization: "AWS_IAM" },
  { routeKey: "GET /v1/admin/authorities", authorization: "AWS_IAM" },
  { routeKey: "POST /v1/admin/authorities", authorization: "AWS_IAM" },
  { routeKey: "POST /v1/admin/authorities/{id}/activate", authorization: "AWS_IAM" },
  { routeKey: "POST /v1/admin/authorities/{id}/retire", authorization: "AWS_IAM" },
  { routeKey: "DELETE /v1/admin/authorities/change-requests/{number}", authorization: "AWS_IAM" },
  // Its name until 0.1; it goes with 0.3.
  { routeKey: "DELETE /v1/admin/authorities/wishes/{number}", authorization: "AWS_IAM" },
  { routeKey: "GET /v1/admin/policy", authorization: "AWS_IAM" },
  { routeKey: "GET /v1/admin/signatures", authorization: "AWS_IAM" },
  { routeKey: "GET /v1/admin/whoami", authorization: "AWS_IAM" },
  { routeKey: "POST /v1/admin/policy/simulation", authorization: "AWS_IAM" },
] as const satisfies readonly Route[];

export type AdminApiRouteKey = (typeof routes)[number]["routeKey"];
