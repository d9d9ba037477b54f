import { kubernetesRoutes, watchRoutes } from "./routes.ts";
import type { KubernetesRequest } from "./protocol/request.ts";

const OWN_ROUTES: ReadonlySet<string> = new Set(
  [...kubernetesRoutes, ...watchRoutes].map(({ routeKey }) => routeKey).filter((routeKey) => !routeKey.includes("{")),
);

/**
 * Whether a request for what has a route of its own came by another one. Another encoding of the path may be enough for that, and
 * with the route its throttle would be another, and the function it occupies: strangers could read `cluster-info` twenty
 * times as often, and watches be held by what signs.
 */
export function isByForeignRoute({ event, method, segments }: KubernetesRequest): boolean {
  const own = `${method} /${segments.join("/")}`;
  return OWN_ROUTES.has(own) && event.routeKey !== own;
}
