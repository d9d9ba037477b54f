import { AsyncLocalStorage } from "node:async_hooks";

/** The function whose handler is running, by name. */
export const runningFunction = new AsyncLocalStorage<string>();
