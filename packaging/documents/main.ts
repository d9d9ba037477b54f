/** `npm run documents`: writes the documents that are made from sources. `test/documents/generated.test.ts` says when they are stale. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { generatedDocuments } from "./generated.ts";

const root = join(import.meta.dirname, "../..");
for (const [path, content] of await generatedDocuments()) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}
