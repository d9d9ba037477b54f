import { NO_WATCH, type RenewalWatchStore } from "../../core/renewal/watch-progress.ts";
import { copyOf } from "./copy.ts";
import { hooked, type MemoryHooks } from "./memory-hooks.ts";

export function memoryRenewalWatchStore(hooks: MemoryHooks = {}): RenewalWatchStore {
  let watch = NO_WATCH;
  return {
    read: () => hooked(hooks, "watches.read", () => watch),
    write: (next) =>
      hooked(hooks, "watches.write", () => {
        if (next.version !== watch.version) return false;
        watch = { ...copyOf(next), version: next.version + 1 };
        return true;
      }),
  };
}
