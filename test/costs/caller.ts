import { throttledKubernetesRoute, throttledNodeRoutes } from "../../infra/settings/route-throttles.ts";
import { kubernetesRoutes, watchRoutes } from "../../lambdas/node-api/kubernetes/routes.ts";
import { routes } from "../../lambdas/node-api/routes.ts";
import type { Cost, CostHarness } from "./cost-harness.ts";

const DAY_SECONDS = 24 * 3600;
/** One kind of caller, doing the most expensive thing of its kind over and over. */
export interface Caller {
  readonly caller: string;
  readonly does: string;
  /** What stops it. */
  readonly limit: string;
  readonly timesADay: () => Promise<number>;
  readonly cost: (harness: CostHarness) => Promise<Cost>;
}

export function throttled(routeKey: string): Pick<Caller, "limit" | "timesADay"> {
  const kubernetes = [...kubernetesRoutes, ...watchRoutes].map(throttledKubernetesRoute);
  const found = [...throttledNodeRoutes(routes, true), ...kubernetes].find((route) => route.routeKey === routeKey);
  if (found === undefined) throw new Error(`there is no route ${routeKey}`);
  const { requestsPerSecond } = found.throttle;
  const timesADay = () => Promise.resolve(requestsPerSecond * DAY_SECONDS);
  return { limit: `route: ${requestsPerSecond}/s`, timesADay };
}
