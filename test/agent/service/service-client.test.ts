import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseServiceUrl } from "../../../agent/service/service-client.ts";

describe("parseServiceUrl", () => {
  it("accepts a path prefix", () => assert.equal(parseServiceUrl("https://x.test/prod").href, "https://x.test/prod/"));
  for (const text of [
    "http://x.test",
    "x.test",
    "https://user@x.test",
    "https://x.test/?a=b",
    "https://x.test/#a",
    "",
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.throws(() => parseServiceUrl(text), { name: "UsageError" }));
  }
});
