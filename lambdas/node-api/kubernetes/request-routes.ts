import type { Answer } from "./answer.ts";
import { updateApproval, updateStatus } from "./approval.ts";
import { assertAuthenticated } from "./authorization.ts";
import type { Caller } from "./caller.ts";
import { postRequest } from "./create-object.ts";
import { deleteRequest } from "./delete-request.ts";
import { getRequest, listRequests } from "./read-requests.ts";
import { booleanParameter, type KubernetesRequest } from "./request.ts";
import type { KubernetesServices } from "./services.ts";
import { methodNotAllowed, unknownPath } from "./status.ts";
import { updateRequest } from "./update-request.ts";
import { watchRequests } from "./watch.ts";

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
  if (subresource === undefined) return onObject(services, caller, request, name);
  if (subresource !== "approval" && subresource !== "status") throw unknownPath();
  const update = subresource === "approval" ? updateApproval : updateStatus;
  switch (request.method) {
    case "GET":
      return getRequest(services, caller, request, name);
    case "PUT":
    case "PATCH":
      return update(services, caller, request, name);
    default:
      throw methodNotAllowed();
  }
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
      // DELETE of a whole collection too: too much for one typing error.
      throw methodNotAllowed();
  }
}

async function onObject(
  services: KubernetesServices,
  caller: Caller,
  request: KubernetesRequest,
  name: string,
): Promise<Answer> {
  switch (request.method) {
    case "GET":
      return getRequest(services, caller, request, name);
    case "DELETE":
      return deleteRequest(services, caller, request, name);
    case "PUT":
    case "PATCH":
      return updateRequest(services, caller, request, name);
    default:
      throw methodNotAllowed();
  }
}
