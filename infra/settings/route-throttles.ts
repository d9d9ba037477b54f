import type { KubernetesRouteKey } from "../../lambdas/node-api/kubernetes/routes.ts";
import type { NodeApiRouteKey } from "../../lambdas/node-api/routes.ts";
import type { Route } from "../../lambdas/route.ts";

/** What API Gateway lets through to one route. Beyond it, the answer is 429 before any function runs. */
export interface Throttle {
  readonly requestsPerSecond: number;
  readonly burst: number;
}

/**
 * All signing routes together stay under the KMS quota of 1,000 signatures a second: two, and a third for Kubernetes.
 */
const SIGNING: Throttle = { requestsPerSecond: 450, burst: 900 };
const SIGNING_OF_THREE: Throttle = { requestsPerSecond: 300, burst: 600 };
const READING: Throttle = { requestsPerSecond: 500, burst: 1000 };
/** Anonymous, and answered from memory. */
const STATIC: Throttle = { requestsPerSecond: 200, burst: 400 };
/** Unknown paths: no client needs them. */
const STRAY: Throttle = { requestsPerSecond: 50, burst: 100 };

const nodeApiThrottles = (signing: Throttle): Readonly<Record<NodeApiRouteKey, Throttle>> => ({
  "POST /v1/certificates": signing,
  "GET /v1/certificates/{name}": READING,
  "POST /v1/certificates/{name}/confirmation": SIGNING,
  "GET /v1/certificates/{name}/renewal-window": READING,
  "POST /v1/certificates/renew": signing,
  "GET /v1/discovery/{tokenId}": READING,
  "GET /v1/trust-bundle": READING,
  "GET /v1/crl/{authorityId}": STATIC,
  "GET /v1/crl/{authorityId}/{shard}": STATIC,
  "GET /v1/revoked-certificates": STATIC,
  "POST /v1/ocsp": READING,
  "GET /v1/ocsp/{request+}": READING,
  "GET /v1/openapi.json": STATIC,
  "GET /healthz": STATIC,
  $default: STRAY,
});

/** Anonymous, and may read 500 tokens: `kubeadm join` asks twice, and again five seconds after being throttled. */
const CLUSTER_INFO: Throttle = { requestsPerSecond: 10, burst: 50 };

const KUBERNETES_THROTTLES: Readonly<Record<KubernetesRouteKey, Throttle>> = {
  "POST /apis/certificates.k8s.io/v1/certificatesigningrequests": SIGNING_OF_THREE,
  "GET /apis/certificates.k8s.io/v1/certificatesigningrequests": READING,
  "ANY /apis/{proxy+}": READING,
  "GET /apis": STATIC,
  "GET /api/v1/namespaces/kube-public/configmaps/cluster-info": CLUSTER_INFO,
  "ANY /api/{proxy+}": STATIC,
  "GET /api": STATIC,
  "GET /openapi/{proxy+}": STATIC,
  "GET /version": STATIC,
  "GET /livez": STATIC,
  "GET /readyz": STATIC,
};

/** People and their scripts. */
const ADMINISTRATION: Throttle = { requestsPerSecond: 20, burst: 40 };

export interface ThrottledRoute extends Route {
  readonly throttle: Throttle;
}

/** @param hasKubernetes whether Kubernetes' API adds a third signing route */
export function throttledNodeRoutes(
  routes: readonly (Route & { readonly routeKey: NodeApiRouteKey })[],
  hasKubernetes: boolean,
): readonly ThrottledRoute[] {
  const throttles = nodeApiThrottles(hasKubernetes ? SIGNING_OF_THREE : SIGNING);
  return routes.map((route) => ({ ...route, throttle: throttles[route.routeKey] }));
}

export function throttledKubernetesRoute(route: Route & { readonly routeKey: KubernetesRouteKey }): ThrottledRoute {
  return { ...route, throttle: KUBERNETES_THROTTLES[route.routeKey] };
}

export function throttledAdminRoute(route: Route): ThrottledRoute {
  return { ...route, throttle: ADMINISTRATION };
}
