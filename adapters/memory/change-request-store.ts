import { NO_PROGRESS, NO_WISHES, type AuthorityWishStore } from "../../core/authority/change-request.ts";
import { copyOf } from "./copy.ts";
import { hooked, type MemoryHooks } from "./memory-hooks.ts";

export function memoryAuthorityWishStore(hooks: MemoryHooks = {}): AuthorityWishStore {
  let book = NO_WISHES;
  let progress = NO_PROGRESS;
  return {
    readWishes: () => hooked(hooks, "wishes.readWishes", () => book),
    writeWishes: (next) =>
      hooked(hooks, "wishes.writeWishes", () => {
        if (next.version !== book.version + 1) return false;
        book = copyOf(next);
        return true;
      }),
    readProgress: () => hooked(hooks, "wishes.readProgress", () => progress),
    writeProgress: (next) =>
      hooked(hooks, "wishes.writeProgress", () => {
        if (next.version !== progress.version) return false;
        progress = { ...copyOf(next), version: next.version + 1 };
        return true;
      }),
  };
}
