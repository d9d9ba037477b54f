import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { generatedDocuments } from "../../packaging/documents/generated.ts";

const root = join(import.meta.dirname, "../..");

const documents = await generatedDocuments();

describe("documents that are made from sources", () => {
  for (const [path, wanted] of documents) {
    it(`${path} is as \`npm run documents\` writes it`, () => {
      const there = existsSync(join(root, path)) ? readFileSync(join(root, path), "utf8") : "";
      assert.ok(there === wanted, `${path} is stale: run \`npm run documents\`, and commit what it writes`);
    });
  }
});
