import { object, type Answer } from "./answer.ts";
import { assertAuthenticated } from "./authorization.ts";
import type { Caller } from "./caller.ts";
import { CLUSTER_INFO_NAME, CLUSTER_INFO_NAMESPACE, getClusterInfo } from "./cluster-info.ts";
import type { KubernetesRequest } from "./request.ts";
import { CONFIG_MAP_RESOURCE } from "./resources.ts";
import type { KubernetesServices } from "./services.ts";
import { methodNotAllowed, notFound, unknownPath } from "./status.ts";

/** `/api/v1/…`: what little of the core group kubectl and kubeadm ask a signer for. */
export async function coreOperation(
  services: KubernetesServices,
  caller: Caller,
  request: KubernetesRequest,
): Promise<Answer> {
  const [, version, root, namespace, plural, name, ...rest] = request.segments;
  if (version !== "v1" || rest.length > 0) throw unknownPath();
  if (root === "events" && namespace === undefined) return noEvents(caller, request);
  if (root !== "namespaces") throw unknownPath();
  if (plural !== "configmaps" || name === undefined) throw unknownPath();
  if (request.method !== "GET") throw methodNotAllowed();
  if (namespace === CLUSTER_INFO_NAMESPACE && name === CLUSTER_INFO_NAME) return getClusterInfo(services, request);
  // kubeadm asks for several that only a control plane has.
  assertAuthenticated(caller);
  throw notFound(CONFIG_MAP_RESOURCE, name);
}

/** `kubectl describe` asks for them. */
function noEvents(caller: Caller, { method, event }: KubernetesRequest): Answer {
  assertAuthenticated(caller);
  if (method !== "GET") throw methodNotAllowed();
  const resourceVersion = String(event.requestContext.timeEpoch);
  return object(200, { kind: "EventList", apiVersion: "v1", metadata: { resourceVersion }, items: [] });
}
