import { join } from "node:path";
import { buildSync } from "esbuild";
import type { FunctionName } from "../settings/function-role-name.ts";
import { BUNDLE_ALIASES, BUNDLE_MAIN_FIELDS } from "./settings.ts";

const ROOT = join(import.meta.dirname, "../..");

const known = new Map<FunctionName, Uint8Array>();

/**
 * The code of a function, as one module. Here it is made of the sources, once in a process. In the package nodeseal-cdk
 * `prebuilt-bundle.ts` takes the place of this file, and needs neither esbuild nor sources.
 */
export function functionBundle(name: FunctionName): Uint8Array {
  const bundle = known.get(name) ?? bundleOf(name);
  known.set(name, bundle);
  return bundle;
}

function bundleOf(name: FunctionName): Uint8Array {
  const { outputFiles } = buildSync({
    absWorkingDir: ROOT,
    entryPoints: [`lambdas/${name}/index.ts`],
    bundle: true,
    write: false,
    platform: "node",
    target: "node24",
    format: "esm",
    minify: true,
    mainFields: [...BUNDLE_MAIN_FIELDS],
    alias: { ...BUNDLE_ALIASES },
    logLevel: "warning",
  });
  const [bundle] = outputFiles;
  if (bundle === undefined) throw new Error(`lambdas/${name} gives no bundle`);
  return bundle.contents;
}
