import { object, type Answer } from "./protocol/answer.ts";
import { assertAdministrator, assertAuthenticated } from "./caller/authorization.ts";
import type { Caller } from "./caller/caller.ts";
import { CLUSTER_INFO_NAME, CLUSTER_INFO_NAMESPACE, getClusterInfo } from "./token/cluster-info.ts";
import type { NewestTokens } from "./token/newest-tokens.ts";
import { booleanParameter, type KubernetesRequest } from "./protocol/request.ts";
import { CONFIG_MAP_RESOURCE, SECRET_RESOURCE } from "./protocol/resources.ts";
import type { KubernetesServices } from "./protocol/services.ts";
import { forbidden, methodNotAllowed, notFound, unknownPath } from "./protocol/status.ts";
import { TOKEN_NAMESPACE } from "./token/token-secret.ts";

/** `/api/v1/…`: what little of the core group kubectl and kubeadm ask a signer for. */
export async function coreOperation(
  services: KubernetesServices,
  newestTokens: NewestTokens,
  caller: Caller,
  request: KubernetesRequest,
): Promise<Answer> {
  const [, version, root, namespace, plural, name, ...rest] = request.segments;
  if (version !== "v1" || rest.length > 0) throw unknownPath();
  if (root === "events" && namespace === undefined) return noEvents(caller, request);
  if (root !== "namespaces") throw unknownPath();
  // Tokens' own namespace is routed to the function that cannot sign; a request that got here by another way finds nothing.
  if (plural === "secrets" && namespace !== TOKEN_NAMESPACE) return noSecrets(caller, request, namespace, name);
  if (plural !== "configmaps" || name === undefined) throw unknownPath();
  if (request.method !== "GET") throw methodNotAllowed("GET");
  if (namespace === CLUSTER_INFO_NAMESPACE && name === CLUSTER_INFO_NAME)
    return getClusterInfo(services, newestTokens, request);
  // kubeadm asks for several that only a control plane has.
  assertAuthenticated(caller);
  throw notFound(CONFIG_MAP_RESOURCE, name);
}

/** Tokens are Secrets of `kube-system`, which another function answers for: elsewhere there are none. */
function noSecrets(
  caller: Caller,
  { method, event, query }: KubernetesRequest,
  namespace: string | undefined,
  name: string | undefined,
): Answer {
  const isRead = method === "GET";
  const verb = !isRead ? "create" : name !== undefined ? "get" : booleanParameter(query, "watch") ? "watch" : "list";
  const action = {
    verb,
    resource: SECRET_RESOURCE,
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
  };
  assertAdministrator(caller, action);
  if (name !== undefined) throw notFound(SECRET_RESOURCE, name);
  if (verb !== "list") {
    const why = `secrets are in the namespace ${TOKEN_NAMESPACE} only`;
    throw forbidden({ ...action, username: caller.identity.username, why });
  }
  const resourceVersion = String(event.requestContext.timeEpoch);
  return object(200, { kind: "SecretList", apiVersion: "v1", metadata: { resourceVersion }, items: [] });
}

/** `kubectl describe` asks for them. */
function noEvents(caller: Caller, { method, event }: KubernetesRequest): Answer {
  assertAuthenticated(caller);
  if (method !== "GET") throw methodNotAllowed("GET");
  const resourceVersion = String(event.requestContext.timeEpoch);
  return object(200, { kind: "EventList", apiVersion: "v1", metadata: { resourceVersion }, items: [] });
}
