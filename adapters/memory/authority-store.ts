import type { TrustBundle } from "../../core/authority/authority.ts";
import type { Der } from "../../core/asn1/der.ts";
import type { AuthorityStore } from "../../core/authority/authority-store.ts";
import { copyOf } from "./copy.ts";
import { hooked, type MemoryHooks } from "./memory-hooks.ts";

export function memoryAuthorityStore(hooks: MemoryHooks = {}): AuthorityStore {
  let stored: TrustBundle | undefined;
  const reserved = new Map<string, Der>();

  const write = (bundle: TrustBundle): boolean => {
    if ((stored?.sequence ?? 0) !== bundle.sequence - 1) return false;
    stored = copyOf(bundle);
    return true;
  };

  return {
    read: () => hooked(hooks, "authorities.read", () => stored),
    reserve: (authorityId, tbsCertificate) =>
      hooked(hooks, "authorities.reserve", () => {
        const first = reserved.get(authorityId) ?? copyOf(tbsCertificate);
        reserved.set(authorityId, first);
        return first;
      }),
    write: (bundle) => hooked(hooks, "authorities.write", () => write(bundle)),
  };
}
