import type { Answer } from "../protocol/answer.ts";
import { patchRequest } from "./apply.ts";
import { assertAuthenticated } from "../caller/authorization.ts";
import type { Caller } from "../caller/caller.ts";
import { postRequest } from "./create.ts";
import { getRequest, listRequests } from "../read/read-requests.ts";
import { booleanParameter, type KubernetesRequest } from "../protocol/request.ts";
import type { KubernetesServices } from "../protocol/services.ts";
import { methodNotAllowed, unknownPath } from "../protocol/status.ts";
import { watchRequests } from "../watch/watch.ts";

/** `/apis/certificates.k8s.io/v1/certificatesigningrequests[/{name}[/{subresource}]]`. */
export async function requestOperation(
  services: KubernetesServices,
  caller: Caller,
  request: KubernetesRequest,
): Promise<Answer> {
  assertAuthenticated(caller);
  const [name, subresource, ...rest] = request.segments.slice(4);
  if (rest.length > 0) throw unknownPath();
  if (name === undefined || name === "") return onCollection(services, caller, request);
  if (subresource !== undefined && subresource !== "approval" && subresource !== "status") throw unknownPath();
  if (request.method === "PATCH" && subresource === undefined) return patchRequest(services, caller, request, name);
  // Other changes are for administrators and go to another function.
  if (request.method !== "GET")
    throw methodNotAllowed("GET", "PUT", "PATCH", ...(subresource === undefined ? ["DELETE"] : []));
  return getRequest(services, caller, request, name);
}

async function onCollection(services: KubernetesServices, caller: Caller, request: KubernetesRequest): Promise<Answer> {
  switch (request.method) {
    case "GET":
      return booleanParameter(request.query, "watch")
        ? watchRequests(services, caller, request)
        : listRequests(services, caller, request);
    case "POST":
      return postRequest(services, caller, request);
    default:
      // Also refuses DELETE of the whole collection: one typing error could delete everything.
      throw methodNotAllowed("GET", "POST");
  }
}
