import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseCaCertHash } from "../../../agent/certificate/trust-bundle.ts";

describe("parseCaCertHash", () => {
  const hex = "0123456789abcdef".repeat(4);
  it("takes any case", () => assert.equal(parseCaCertHash(`SHA256:${hex.toUpperCase()}`), `sha256:${hex}`));
  for (const text of [
    hex,
    `sha256:${hex}00`,
    `sha256:${hex.slice(1)}`,
    `sha512:${hex}`,
    `sha256:${hex}:`,
    `sha256:${"g".repeat(64)}`,
  ]) {
    it(`refuses ${text}`, () => assert.equal(parseCaCertHash(text), undefined));
  }
});
