import { NO_PROGRESS, NO_CHANGE_REQUESTS, type ChangeRequestStore } from "../../core/authority/change-request.ts";
import { copyOf } from "./copy.ts";
import { hooked, type MemoryHooks } from "./memory-hooks.ts";

export function memoryChangeRequestStore(hooks: MemoryHooks = {}): ChangeRequestStore {
  let book = NO_CHANGE_REQUESTS;
  let progress = NO_PROGRESS;
  return {
    readChangeRequests: () => hooked(hooks, "changeRequests.readChangeRequests", () => book),
    writeChangeRequests: (next) =>
      hooked(hooks, "changeRequests.writeChangeRequests", () => {
        if (next.version !== book.version + 1) return false;
        book = copyOf(next);
        return true;
      }),
    readProgress: () => hooked(hooks, "changeRequests.readProgress", () => progress),
    writeProgress: (next) =>
      hooked(hooks, "changeRequests.writeProgress", () => {
        if (next.version !== progress.version) return false;
        progress = { ...copyOf(next), version: next.version + 1 };
        return true;
      }),
  };
}
