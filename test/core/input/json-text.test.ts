import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseJsonText } from "../../../core/input/json-text.ts";

describe("JSON text", () => {
  it("is what JSON.parse reads, whatever is in it", () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(0, 2, "\t"), (text, space) => {
        const written = JSON.stringify(JSON.parse(text), undefined, space);
        assert.deepEqual(parseJsonText(written), JSON.parse(written));
      }),
    );
  });

  it("never has a member twice in one object, however deep and however written", () => {
    const escaped = (name: string): string =>
      `"${Array.from(name)
        .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
        .join("")}"`;
    fc.assert(
      fc.property(
        fc.string({ unit: "binary-ascii" }),
        fc.jsonValue(),
        fc.nat(5),
        fc.boolean(),
        (name, value, depth, isEscaped) => {
          const again = isEscaped ? escaped(name) : JSON.stringify(name);
          const inner = `{${JSON.stringify(name)}: ${JSON.stringify(value)}, ${again}: 1}`;
          const text = `${'{"a": [1, '.repeat(depth)}${inner}${"]}".repeat(depth)}`;
          assert.throws(() => parseJsonText(text), /twice in one object, again at line 1, column \d+: leave/);
        },
      ),
    );
  });

  it("says where the second one is", () => {
    assert.throws(
      () => parseJsonText('{\n  "a": {"b": 1},\n  "b": 2,\n\t"a": 3\n}'),
      /has "a" twice .* line 4, column 2:/,
    );
  });

  it("may have a member in each of two objects, and a text like a member in a list", () => {
    const text = '{"a": {"a": ["a", "a", "a: {"]}, "b": [{"a": 1}, {"a": 2}]}';
    assert.deepEqual(parseJsonText(text), JSON.parse(text));
  });
});
