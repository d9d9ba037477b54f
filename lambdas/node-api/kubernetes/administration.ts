import type { Operation } from "../../http/http-function.ts";
import type { Observer } from "../../observer.ts";
import type { Answer } from "./protocol/answer.ts";
import { updateApproval, updateStatus } from "./signing-request/approval.ts";
import type { Caller } from "./caller/caller.ts";
import { deleteRequest } from "./signing-request/delete.ts";
import type { KubernetesRequest } from "./protocol/request.ts";
import { CERTIFICATES_GROUP, CSR_RESOURCE } from "./protocol/resources.ts";
import type { AdministrationServices, DecisionServices } from "./protocol/services.ts";
import { statusOperation } from "./status-operation.ts";
import { methodNotAllowed, unknownPath } from "./protocol/status.ts";
import { TOKEN_NAMESPACE } from "./token/token-secret.ts";
import { secretOperation } from "./token/token-secrets.ts";
import { updateRequest } from "./signing-request/update.ts";

/**
 * The part of Kubernetes' API that only administrators may use: tokens as Secrets, decisions, deletions. It has paths and
 * methods of its own, so that it runs where nothing can be signed, and what signs can make no token.
 */
export function administrationOperation(services: DecisionServices, observer: Observer): Operation {
  return statusOperation(services, observer, (caller, request) =>
    request.segments[0] === "api" ? onSecrets(services, caller, request) : onRequest(services, caller, request),
  );
}

async function onSecrets(
  services: AdministrationServices,
  caller: Caller,
  request: KubernetesRequest,
): Promise<Answer> {
  const [, version, root, namespace, plural, name, ...rest] = request.segments;
  // Of all namespaces: all there are in the one that has any.
  if (version === "v1" && root === "secrets" && namespace === undefined && request.method === "GET")
    return secretOperation(services, caller, request, undefined);
  const isSecrets = version === "v1" && root === "namespaces" && namespace === TOKEN_NAMESPACE && plural === "secrets";
  if (!isSecrets || rest.length > 0) throw unknownPath();
  return secretOperation(services, caller, request, name);
}

async function onRequest(services: DecisionServices, caller: Caller, request: KubernetesRequest): Promise<Answer> {
  const [, group, version, plural, name, subresource, ...rest] = request.segments;
  const isRequest = group === CERTIFICATES_GROUP && version === "v1" && plural === CSR_RESOURCE.plural;
  if (!isRequest || name === undefined || rest.length > 0) throw unknownPath();
  const isUpdate = request.method === "PUT" || request.method === "PATCH";
  switch (subresource) {
    case undefined:
      if (request.method === "DELETE") return deleteRequest(services, caller, request, name);
      if (request.method === "PUT") return updateRequest(services, caller, request, name);
      throw methodNotAllowed("GET", "PUT", "PATCH", "DELETE");
    case "approval":
    case "status":
      if (!isUpdate) throw methodNotAllowed("GET", "PUT", "PATCH");
      return subresource === "approval"
        ? updateApproval(services, caller, request, name)
        : updateStatus(services, caller, request, name);
    default:
      throw unknownPath();
  }
}
