/** `npm run documents`: writes the documents that are made from sources. `test/documents/generated.test.ts` says when they are stale. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { cdkDeclarations } from "../npm/cdk-declarations.ts";
import { CDK_PAGE, cdkPage } from "./cdk-page.ts";
import { generatedDocuments } from "./generated.ts";

const root = join(import.meta.dirname, "../..");
// The package's declarations take the compiler ten seconds: the test of the package compares them.
const documents = [...(await generatedDocuments()), [CDK_PAGE, cdkPage(cdkDeclarations())] as const];
for (const [path, content] of documents) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}
