import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { AGENT_VERSION } from "../../../agent/program/agent-version.ts";

describe("the agent's version", () => {
  it("is the package's", () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
    assert.equal(AGENT_VERSION, version);
  });
});
