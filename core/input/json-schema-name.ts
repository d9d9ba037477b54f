import { isJsonObject } from "./json-object.ts";

/**
 * A document of ours without the `$schema` that editors are told by: which JSON Schema describes it. It means nothing
 * here, and nothing is fetched.
 */
export function withoutSchemaName(document: unknown): unknown {
  if (!isJsonObject(document) || typeof document["$schema"] !== "string") return document;
  return Object.fromEntries(Object.entries(document).filter(([member]) => member !== "$schema"));
}
