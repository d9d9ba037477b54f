/**
 * Loaded with `--import` before the local service: notes every request that a function's handler sends, below the SDK and
 * below our own small clients. What the service asks for outside of its functions is not theirs, and not noted.
 */
import { subscribe } from "node:diagnostics_channel";
import type { ClientRequest } from "node:http";
import { registerHooks } from "node:module";
import { readFileSync } from "node:fs";
import { keyNames, type KeyNames } from "./key-names.ts";
import { keepForTheEnd } from "./recorded-request.ts";
import { runningFunction } from "./running-function.ts";

const ENTRY = /\/lambdas\/([\w-]+)\/index\.ts$/;
const RECORDED = new URL("recorded-source.ts", import.meta.url).href;

registerHooks({
  resolve: (specifier, context, nextResolve) => {
    const resolved = nextResolve(specifier, context);
    const name = ENTRY.exec(resolved.url)?.[1];
    if (name === undefined || context.parentURL?.startsWith(RECORDED) === true) return resolved;
    return { ...resolved, url: `${RECORDED}?function=${name}` };
  },
});

subscribe("http.client.request.created", (message) => {
  const functionName = runningFunction.getStore();
  if (functionName !== undefined) note(functionName, (message as { readonly request: ClientRequest }).request);
});

function note(functionName: string, request: ClientRequest): void {
  const chunks: Buffer[] = [];
  const [write, end] = [request.write.bind(request), request.end.bind(request)];
  const keep = (chunk: unknown): void => {
    if (typeof chunk === "string" || chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk));
  };
  request.write = (...given: readonly unknown[]) => {
    keep(given[0]);
    return (write as (...all: readonly unknown[]) => boolean)(...given);
  };
  request.end = (...given: readonly unknown[]) => {
    keep(given[0]);
    const target = request.getHeader("x-amz-target");
    const noted = {
      functionName,
      target: typeof target === "string" ? target : undefined,
      method: request.method,
      path: request.path,
      body: Buffer.concat(chunks).toString("utf8"),
    };
    keepForTheEnd(names().named(noted));
    return (end as (...all: readonly unknown[]) => ClientRequest)(...given);
  };
}

interface KeyFile {
  readonly aliases: readonly { readonly name: string; readonly targetKeyId: string }[];
}

/** Looked up each time: keys are made while the service runs. */
function names(): KeyNames {
  const file = readFileSync(process.env["NODESEAL_KEY_FILE"] ?? "", "utf8");
  return keyNames(
    new Map((JSON.parse(file) as KeyFile).aliases.map(({ name, targetKeyId }) => [name, `key/${targetKeyId}`])),
  );
}
