import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { structuredText } from "../../../cli/output/structured-text.ts";

const OBJECT = {
  items: [
    { tokenId: "abcdef", expiration: "2030-05-05T12:00:00Z", maxUses: null, groups: [], description: "no" },
    { serialNumber: "12345678901234567890123456789012", more: { pem: "-----BEGIN X-----\nMII\n-----END X-----\n" } },
    { floatLike: "4e10", octalLike: "0123", hostile: "\u001b[31m\u009b\u202e\u2028\u007f" },
  ],
};

describe("structuredText", () => {
  it("gives JSON that reads back as what it was", async () => {
    assert.deepEqual(JSON.parse(await structuredText(OBJECT, "json")), OBJECT);
  });

  for (const version of ["1.1", "1.2"] as const) {
    it(`gives YAML that a reader of YAML ${version} takes for what it was`, async () => {
      // 1.1 would take an unquoted `no` for false, a time for a date, and 0123 for 83.
      assert.deepEqual(parse(await structuredText(OBJECT, "yaml"), { version }), OBJECT);
    });
  }

  for (const format of ["json", "yaml"] as const) {
    it(`lets no control or invisible character through in ${format}`, async () => {
      const text = await structuredText(OBJECT, format);
      assert.doesNotMatch(text.replaceAll("\n", ""), /[\p{Cc}\p{Cf}\u2028\u2029]/u);
      assert.ok(text.endsWith("\n"));
    });
  }
});
