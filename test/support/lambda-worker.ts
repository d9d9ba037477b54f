import { parentPort, workerData } from "node:worker_threads";
import type { Context } from "aws-lambda";

/** A Lambda execution environment, as far as our functions can tell: the module is loaded once, then called. */
interface Invocation {
  readonly id: number;
  readonly event: unknown;
}

type Handler = (event: unknown, context: Pick<Context, "awsRequestId" | "functionName">) => Promise<unknown>;

const { module, functionName } = workerData as { readonly module: string; readonly functionName: string };
const port = parentPort;
if (port === null) throw new Error("this module runs in a worker only");

// What is loaded before a program is not loaded before its workers.
if (process.env["NODESEAL_TEST_CLOCK"] !== undefined) await import("./moved-clock.ts");
const { handler } = (await import(module)) as { readonly handler: Handler };
port.on("message", ({ id, event }: Invocation) => {
  handler(event, { awsRequestId: `request-${id}`, functionName }).then(
    (result) => port.postMessage({ id, result }),
    (error: unknown) => port.postMessage({ id, error: error instanceof Error ? error.message : "unknown" }),
  );
});
port.postMessage({ isReady: true });
