import type { Der } from "../../core/asn1/der.ts";
import { NO_LIST, type RevocationListRecord, type RevocationListStore } from "../../core/revocation/list-store.ts";
import type { RevocationListId } from "../../core/authority/revocation-shard.ts";
import { copyOf } from "./copy.ts";
import { hooked, type MemoryHooks } from "./memory-hooks.ts";

export function memoryRevocationListStore(hooks: MemoryHooks = {}): RevocationListStore {
  const records = new Map<string, RevocationListRecord>();
  const lists = new Map<string, Der>();
  const keyOf = ({ authorityId, shard }: RevocationListId): string => `${authorityId}/${shard}`;
  return {
    read: (list) => hooked(hooks, "lists.read", () => records.get(keyOf(list)) ?? NO_LIST),
    write: (list, record) =>
      hooked(hooks, "lists.write", () => {
        if ((records.get(keyOf(list)) ?? NO_LIST).version !== record.version) return false;
        records.set(keyOf(list), { ...copyOf(record), version: record.version + 1 });
        return true;
      }),
    store: (list, { number }, der) =>
      hooked(hooks, "lists.store", () => void lists.set(`${keyOf(list)}/${number}`, copyOf(der))),
    fetch: (list, { number }) => hooked(hooks, "lists.fetch", () => lists.get(`${keyOf(list)}/${number}`)),
  };
}
