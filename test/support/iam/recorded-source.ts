import type { HttpHandler } from "../../../lambdas/http-handler.ts";
import { runningFunction } from "./running-function.ts";

/** Takes the place of `lambdas/<function>/index.ts` in a recorded process, so that calls to AWS can be told apart. */
const name = new URL(import.meta.url).searchParams.get("function") ?? "";
const entry = (await import(new URL(`../../../lambdas/${name}/index.ts`, import.meta.url).href)) as {
  readonly handler: HttpHandler;
};

export const handler: HttpHandler = (event, context) => runningFunction.run(name, () => entry.handler(event, context));
