import { join } from "node:path";

/** Modules that replace others in a bundle, by the imported name. Each file says why. */
export const BUNDLE_ALIASES: Readonly<Record<string, string>> = {
  "node:http": join(import.meta.dirname, "node-http.ts"),
  "@aws-sdk/credential-provider-node": join(import.meta.dirname, "credential-provider-node.ts"),
};

/** esbuild's default, the CommonJS builds, are 60 % larger and slower to load. */
export const BUNDLE_MAIN_FIELDS: readonly string[] = ["module", "main"];
