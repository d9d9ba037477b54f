import type { Route } from "../route.ts";

/**
 * What only administrators may do through Kubernetes' API. Kubernetes' clients sign no requests of AWS: the function
 * authenticates them by their bearer tokens, and API Gateway lets all through.
 */
export const administrationRoutes = [
  { routeKey: "GET /api/v1/secrets", authorization: "NONE" },
  { routeKey: "ANY /api/v1/namespaces/kube-system/secrets", authorization: "NONE" },
  { routeKey: "ANY /api/v1/namespaces/kube-system/secrets/{name}", authorization: "NONE" },
  { routeKey: "PUT /apis/certificates.k8s.io/v1/certificatesigningrequests/{name}", authorization: "NONE" },
  { routeKey: "DELETE /apis/certificates.k8s.io/v1/certificatesigningrequests/{name}", authorization: "NONE" },
  {
    routeKey: "PUT /apis/certificates.k8s.io/v1/certificatesigningrequests/{name}/{subresource}",
    authorization: "NONE",
  },
  {
    routeKey: "PATCH /apis/certificates.k8s.io/v1/certificatesigningrequests/{name}/{subresource}",
    authorization: "NONE",
  },
] as const satisfies readonly Route[];

export type AdministrationRouteKey = (typeof administrationRoutes)[number]["routeKey"];
