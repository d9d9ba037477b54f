import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { modulesLoadedBy } from "../../support/loaded-modules.ts";

const ENVIRONMENT = {
  AWS_REGION: "eu-central-1",
  TOKENS_TABLE_NAME: "t",
  NODES_TABLE_NAME: "n",
  ISSUANCES_TABLE_NAME: "i",
  AUTHORITIES_TABLE_NAME: "a",
};

describe("the node API's function", () => {
  it("loads nothing of what verifies identity tokens before one has to be verified", () => {
    const { packages, sources } = modulesLoadedBy("../lambdas/node-api/index.ts", [], 0, ENVIRONMENT);
    assert.ok(sources.includes("adapters/identity-provider/key-source.ts"));
    assert.ok(!packages.includes("jose"), packages.join(", "));
  });
});
