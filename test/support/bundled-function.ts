import { once } from "node:events";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";

export interface BundledFunction {
  readonly invoke: (event: unknown) => Promise<unknown>;
  /** Everything it has logged so far. */
  readonly log: () => string;
  readonly close: () => Promise<void>;
}

interface Reply {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

/**
 * Loads a bundle as Lambda does: `index.mjs`, its export `handler`, an environment of its own.
 *
 * @throws Error what the module threw when it was loaded
 */
export async function loadBundle(
  directory: string,
  functionName: string,
  environment: Readonly<Record<string, string>>,
  print: (chunk: Buffer) => void = () => undefined,
): Promise<BundledFunction> {
  const worker = new Worker(new URL("./lambda-worker.ts", import.meta.url), {
    env: { ...environment },
    workerData: { module: pathToFileURL(join(directory, "index.mjs")).href, functionName },
    stdout: true,
    stderr: true,
  });
  let printed = "";
  for (const stream of [worker.stdout, worker.stderr])
    stream.on("data", (chunk: Buffer) => {
      printed += chunk.toString("utf8");
      print(chunk);
    });
  const waiting = new Map<number, (reply: Reply) => void>();
  await once(worker, "message");
  worker.on("message", (reply: Reply) => waiting.get(reply.id)?.(reply));
  let count = 0;
  return {
    invoke: async (event) => {
      const id = ++count;
      const reply = await new Promise<Reply>((resolve) => {
        waiting.set(id, resolve);
        worker.postMessage({ id, event });
      });
      if (reply.error !== undefined) throw new Error(reply.error);
      return reply.result;
    },
    log: () => printed,
    close: async () => {
      await worker.terminate();
    },
  };
}
