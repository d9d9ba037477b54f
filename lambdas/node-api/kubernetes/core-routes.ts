import { object, type Answer } from "./answer.ts";
import { assertAuthenticated } from "./authorization.ts";
import type { Caller } from "./caller.ts";
import type { KubernetesRequest } from "./request.ts";
import type { KubernetesServices } from "./services.ts";
import { methodNotAllowed, unknownPath } from "./status.ts";

/** `/api/v1/…`: what little of the core group kubectl and kubeadm ask a signer for. */
export async function coreOperation(
  services: KubernetesServices,
  caller: Caller,
  request: KubernetesRequest,
): Promise<Answer> {
  const [, version, ...path] = request.segments;
  if (version !== "v1") throw unknownPath();
  await Promise.resolve(services);
  if (path.join("/") === "events") return noEvents(caller, request);
  throw unknownPath();
}

/** `kubectl describe` asks for them. */
function noEvents(caller: Caller, { method, event }: KubernetesRequest): Answer {
  assertAuthenticated(caller);
  if (method !== "GET") throw methodNotAllowed();
  const resourceVersion = String(event.requestContext.timeEpoch);
  return object(200, { kind: "EventList", apiVersion: "v1", metadata: { resourceVersion }, items: [] });
}
