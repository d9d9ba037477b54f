import { registerHooks } from "node:module";

/* Loaded before a synthesis (`--import`): the bundles of the functions are made once a run, not once an assembly. */

const KEPT = new URL("kept-function-bundle.ts", import.meta.url).href;

registerHooks({
  resolve: (specifier, context, nextResolve) => {
    const resolved = nextResolve(specifier, context);
    const isMadeAnew = resolved.url.endsWith("/infra/bundle/function-bundle.ts") && context.parentURL !== KEPT;
    return isMadeAnew ? { ...resolved, url: KEPT } : resolved;
  },
});
