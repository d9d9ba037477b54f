import type { Route } from "../../route.ts";

/**
 * Kubernetes' API, but for what only administrators may do (`admin-api/kubernetes-routes.ts`). The function authenticates
 * every caller. Routes of their own, so that a fleet of kubelets has its own share of what API Gateway lets through.
 */
export const kubernetesRoutes = [
  { routeKey: "POST /apis/certificates.k8s.io/v1/certificatesigningrequests", authorization: "NONE" },
  { routeKey: "ANY /apis/{proxy+}", authorization: "NONE" },
  { routeKey: "GET /apis", authorization: "NONE" },
  { routeKey: "GET /api/v1/namespaces/kube-public/configmaps/cluster-info", authorization: "NONE" },
  { routeKey: "ANY /api/{proxy+}", authorization: "NONE" },
  { routeKey: "GET /api", authorization: "NONE" },
  { routeKey: "GET /openapi/{proxy+}", authorization: "NONE" },
  { routeKey: "GET /version", authorization: "NONE" },
  { routeKey: "GET /livez", authorization: "NONE" },
  { routeKey: "GET /readyz", authorization: "NONE" },
] as const satisfies readonly Route[];

/** Lists and watches, which differ in their query only. A watch is held: on AWS they have a function of their own. */
export const watchRoutes = [
  { routeKey: "GET /apis/certificates.k8s.io/v1/certificatesigningrequests", authorization: "NONE" },
] as const satisfies readonly Route[];

export type KubernetesRouteKey =
  (typeof kubernetesRoutes)[number]["routeKey"] | (typeof watchRoutes)[number]["routeKey"];
