import type { Caller } from "./caller.ts";
import type { KubernetesRequest } from "../protocol/request.ts";
import { forbidden, type Resource } from "../protocol/status.ts";

const HEADERS = [
  ["impersonate-user", "users"],
  ["impersonate-group", "groups"],
  ["impersonate-uid", "uids"],
  ["impersonate-extra-", "userextras"],
] as const;

/**
 * Nobody may be somebody else here (`kubectl --as`). A request that asks for it is refused: whoever wants to be less than
 * they are must never get what they are.
 *
 * @throws StatusError Forbidden
 */
export function assertNoImpersonation({ identity }: Caller, { event }: KubernetesRequest): void {
  for (const [prefix, plural] of HEADERS) {
    const header = Object.keys(event.headers).find((name) => name.startsWith(prefix));
    if (header === undefined) continue;
    const resource: Resource = {
      group: plural === "users" || plural === "groups" ? "" : "authentication.k8s.io",
      version: "v1",
      plural,
      kind: plural,
    };
    const name = (event.headers[header] ?? "").slice(0, 253);
    throw forbidden({ username: identity.username, verb: "impersonate", resource, name });
  }
}
