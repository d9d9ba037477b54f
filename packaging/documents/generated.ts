import { nodeDocument, wholeDocument } from "../../lambdas/open-api/document.ts";
import { apiPages } from "./api-pages.ts";
import { fileReferences } from "./file-references.ts";

/** Every document that is made from sources: its path in the checkout, and what it has to be. */
export function generatedDocuments(): Promise<ReadonlyMap<string, string>> {
  return Promise.resolve(
    new Map([
      // In the function's bundle: turning schemas into JSON there would cost it 20 KiB.
      ["lambdas/node-api/open-api.json", json(nodeDocument())],
      ["docs/openapi.json", json(wholeDocument())],
      ...apiPages(),
      ...fileReferences(),
    ]),
  );
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
