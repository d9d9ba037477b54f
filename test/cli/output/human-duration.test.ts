import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { humanDuration, shortHumanDuration } from "../../../cli/output/human-duration.ts";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/** The cases of k8s.io/apimachinery/pkg/util/duration's own tests, and the borders between two forms. */
const HUMAN: readonly (readonly [seconds: number, text: string])[] = [
  [-2, "<invalid>"],
  [-1.9, "0s"],
  [-1, "0s"],
  [0, "0s"],
  [1, "1s"],
  [70, "70s"],
  [119, "119s"],
  [2 * MINUTE, "2m"],
  [2 * MINUTE + 5, "2m5s"],
  [10 * MINUTE - 1, "9m59s"],
  [10 * MINUTE, "10m"],
  [3 * HOUR - 1, "179m"],
  [3 * HOUR, "3h"],
  [3 * HOUR + MINUTE, "3h1m"],
  [8 * HOUR - 1, "7h59m"],
  [8 * HOUR, "8h"],
  [24 * HOUR, "24h"],
  [2 * DAY - 1, "47h"],
  [2 * DAY, "2d"],
  [2 * DAY + HOUR, "2d1h"],
  [8 * DAY - 1, "7d23h"],
  [8 * DAY, "8d"],
  [2 * YEAR - 1, "729d"],
  [2 * YEAR, "2y"],
  [2 * YEAR + DAY, "2y1d"],
  [8 * YEAR - 1, "7y364d"],
  [8 * YEAR, "8y"],
  [20 * YEAR, "20y"],
];

const SHORT: readonly (readonly [seconds: number, text: string])[] = [
  [-2, "<invalid>"],
  [-1, "0s"],
  [0, "0s"],
  [59, "59s"],
  [60, "1m"],
  [HOUR - 1, "59m"],
  [HOUR, "1h"],
  [DAY - 1, "23h"],
  [DAY, "1d"],
  [YEAR - 1, "364d"],
  [3 * YEAR, "3y"],
];

describe("humanDuration", () => {
  for (const [seconds, text] of HUMAN) {
    it(`writes ${seconds} s as kubectl does: ${text}`, () => assert.equal(humanDuration(seconds), text));
  }
});

describe("shortHumanDuration", () => {
  for (const [seconds, text] of SHORT) {
    it(`writes ${seconds} s as kubeadm does: ${text}`, () => assert.equal(shortHumanDuration(seconds), text));
  }
});
