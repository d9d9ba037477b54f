/**
 * Loaded into each process of tests (`--import`), before node:test: it follows every promise, to tell which test an
 * uncaught error belongs to, and that took a third of the time of all tests. It still follows timers, sockets and the like.
 * An error that is then nobody's fails the process, and is printed here.
 */
import async_hooks from "node:async_hooks";
import { isMainThread } from "node:worker_threads";

const { createHook } = async_hooks;
async_hooks.createHook = (callbacks) => createHook({ ...callbacks, trackPromises: false });

if (isMainThread) {
  process.on("uncaughtExceptionMonitor", (error) => {
    console.error("uncaught in some test:", error);
  });
  process.on("unhandledRejection", (reason) => {
    console.error("rejected in some test, and not handled:", reason);
    // Nobody else knows of it: node:test has not begun.
    if (process.listenerCount("unhandledRejection") === 1) throw reason;
  });
}
