import type { AuthorityRequest, AuthorityRequestStore } from "../../core/authority/external/ca-signing-request.ts";
import { hooked, type MemoryHooks } from "./memory-hooks.ts";

export function memoryAuthorityRequestStore(hooks: MemoryHooks = {}): AuthorityRequestStore {
  const requests = new Map<string, AuthorityRequest>();
  const stored = (request: AuthorityRequest): AuthorityRequest => {
    requests.set(request.authorityId, structuredClone(request));
    return request;
  };
  return {
    read: (authorityId) => hooked(hooks, "requests.read", () => requests.get(authorityId)),
    reserve: (authorityId, requestInfo) =>
      hooked(
        hooks,
        "requests.reserve",
        () => requests.get(authorityId) ?? stored({ authorityId, requestInfo, csr: undefined }),
      ),
    complete: (authorityId, requestInfo, csr) =>
      hooked(hooks, "requests.complete", () => {
        const current = requests.get(authorityId);
        return current?.csr === undefined ? stored({ authorityId, requestInfo, csr }) : current;
      }),
  };
}
