import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { retryAfterSecondsFrom } from "../../../agent/service/service-answer.ts";

describe("Retry-After", () => {
  for (const [why, headers, expected] of [
    ["seconds", { "retry-after": "120" }, 120],
    [
      "a date, by the answer's own",
      { "retry-after": "Sun, 01 Mar 2026 12:02:00 GMT", date: "Sun, 01 Mar 2026 12:00:00 GMT" },
      120,
    ],
    [
      "a date that is past",
      { "retry-after": "Sun, 01 Mar 2026 11:00:00 GMT", date: "Sun, 01 Mar 2026 12:00:00 GMT" },
      0,
    ],
    ["nothing", {}, undefined],
    ["nonsense", { "retry-after": "soon" }, undefined],
  ] as const) {
    it(`reads ${why}`, () => assert.equal(retryAfterSecondsFrom({ status: 503, headers, body: "" }), expected));
  }
});
