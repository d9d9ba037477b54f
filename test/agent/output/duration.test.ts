import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { describeSeconds, parseDurationSeconds } from "../../../agent/output/duration.ts";

describe("durations", () => {
  for (const [text, seconds] of [
    ["0", 0],
    ["90s", 90],
    ["15m", 900],
    ["1h30m", 5400],
    ["7d", 604_800],
    ["", undefined],
    ["15", undefined],
    ["-1h", undefined],
    ["1.5h", undefined],
    ["1h 30m", undefined],
    ["m", undefined],
  ] as const) {
    it(`reads ${JSON.stringify(text)} as ${String(seconds)}`, () => assert.equal(parseDurationSeconds(text), seconds));
  }

  for (const [seconds, text] of [
    [0, "0s"],
    [59.6, "1m"],
    [250, "4m 10s"],
    [86_399, "23h 59m"],
    [90_000, "1d 1h"],
    [86_460, "1d"],
  ] as const) {
    it(`shows ${seconds} s as ${text}`, () => assert.equal(describeSeconds(seconds), text));
  }
});
