import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { InvalidArgumentError } from "commander";
import { parseDurationSeconds, timeOption } from "../../../cli/arguments/duration-option.ts";

const ACCEPTED: readonly (readonly [text: string, seconds: number])[] = [
  ["0", 0],
  ["0s", 0],
  ["90s", 90],
  ["30m", 1800],
  ["24h", 86_400],
  ["7d", 604_800],
  ["1h30m", 5400],
  ["24h0m0s", 86_400],
  ["1.5h", 5400],
];

describe("parseDurationSeconds", () => {
  for (const [text, seconds] of ACCEPTED) {
    it(`reads ${text} as ${seconds} s`, () => assert.equal(parseDurationSeconds(text), seconds));
  }

  for (const text of ["", "5", "-5m", "5x", "5 m", "1h30", "0.5s", "1e3s", "100ms", "9999999999d", ".5h", "h"]) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.equal(parseDurationSeconds(text), undefined));
  }
});

describe("timeOption", () => {
  const parse = timeOption(() => new Date("2030-05-05T12:00:00Z"));
  const times: readonly (readonly [text: string, time: string])[] = [
    ["2030-06-01", "2030-06-01T00:00:00.000Z"],
    ["2030-06-01T10:30:00Z", "2030-06-01T10:30:00.000Z"],
    ["2030-06-01T10:30+02:00", "2030-06-01T08:30:00.000Z"],
    ["30d", "2030-06-04T12:00:00.000Z"],
  ];
  for (const [text, time] of times) {
    it(`reads ${text}`, () => assert.equal(parse(text).toISOString(), time));
  }

  for (const text of ["", "tomorrow", "2030", "2030-13-01", "06/01/2030", "2030-06-01 10:30"]) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.throws(() => parse(text), InvalidArgumentError));
  }
});
