import { join } from "node:path";

/** Modules that a bundle takes instead of those it asks for: each file says why. By the name that is imported. */
export const BUNDLE_ALIASES: Readonly<Record<string, string>> = {
  "node:http": join(import.meta.dirname, "node-http.ts"),
  "@aws-sdk/credential-provider-node": join(import.meta.dirname, "credential-provider-node.ts"),
};

/** The CommonJS builds esbuild takes by default are 60 % bigger, and slower to load. */
export const BUNDLE_MAIN_FIELDS: readonly string[] = ["module", "main"];
