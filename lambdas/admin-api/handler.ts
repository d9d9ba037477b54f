import { httpFunction, type Operation } from "../http/http-function.ts";
import type { Observer } from "../observer.ts";
import type { HttpHandler } from "../http-handler.ts";
import { administrationOperation } from "../node-api/kubernetes/administration.ts";
import type { AdministrationServices } from "../node-api/kubernetes/protocol/services.ts";
import { authorityOperations } from "./authorities.ts";
import { certificateOperations } from "./certificates.ts";
import { administrationRoutes } from "./kubernetes-routes.ts";
import { nodeOperations } from "./nodes.ts";
import { policyOperations } from "./policy.ts";
import { recoveryAdmissionOperations } from "./recovery-admission.ts";
import { requestOperations } from "./requests.ts";
import type { AdminApiRouteKey } from "./routes.ts";
import type { AdminServices } from "./services.ts";
import { signatureOperations } from "./signatures.ts";
import { tokenOperations } from "./tokens.ts";
import { whoamiOperations } from "./whoami.ts";

/**
 * What administrators call. Pure translation: every decision is the core's.
 *
 * @param kubernetes what Kubernetes' API needs; without it there is none here
 */
export function adminApiHandler(
  services: AdminServices,
  observer: Observer,
  kubernetes?: Pick<AdministrationServices, "objects" | "options">,
): HttpHandler {
  const operations: Readonly<Record<AdminApiRouteKey, Operation>> = {
    ...tokenOperations(services),
    ...requestOperations(services),
    ...certificateOperations(services),
    ...nodeOperations(services),
    ...recoveryAdmissionOperations(services),
    ...authorityOperations(services),
    ...policyOperations(services),
    ...whoamiOperations(services),
    ...signatureOperations(services),
  };
  if (kubernetes === undefined) return httpFunction(operations, observer);
  const facade = administrationOperation(
    { ...services, ...kubernetes, holders: services.nodes, failed: (error) => observer.failed(error) },
    observer,
  );
  const kubernetesOperations = administrationRoutes.map(({ routeKey }) => [routeKey, facade] as const);
  return httpFunction({ ...operations, ...Object.fromEntries(kubernetesOperations) }, observer);
}
