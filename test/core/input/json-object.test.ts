import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  dateMember,
  numberMember,
  objectMember,
  objectsMember,
  parseJsonObject,
  stringMember,
  stringsMember,
  textMember,
} from "../../../core/input/json-object.ts";

const TIME = "2027-01-02T03:04:05Z";
const object = {
  empty: "",
  text: "a",
  time: TIME,
  number: 7,
  infinite: Number.POSITIVE_INFINITY,
  flag: false,
  nothing: null,
  object: { a: 1 },
  objects: [{ a: 1 }],
  mixed: [{ a: 1 }, 2],
  strings: ["a", 1, "b"],
  none: [],
};

describe("a JSON object nothing is known of yet", () => {
  for (const text of ["", "{", "[]", "null", "7", '"x"', "{} {}"]) {
    it(`is not found in ${JSON.stringify(text)}`, () => assert.equal(parseJsonObject(text), undefined));
  }

  const members: readonly { reads: string; read: (name: string) => unknown; found: Record<string, unknown> }[] = [
    { reads: "strings", read: (name) => stringMember(object, name), found: { empty: "", text: "a", time: TIME } },
    {
      reads: "texts to show",
      read: (name) => textMember(object, name),
      found: { text: "a", time: TIME, number: "7", infinite: "Infinity", flag: "false" },
    },
    { reads: "numbers", read: (name) => numberMember(object, name), found: { number: 7 } },
    { reads: "times", read: (name) => dateMember(object, name), found: { time: new Date(TIME) } },
    { reads: "objects", read: (name) => objectMember(object, name), found: { object: { a: 1 } } },
    {
      reads: "lists of objects",
      read: (name) => objectsMember(object, name),
      found: { objects: [{ a: 1 }], none: [] },
    },
  ];
  for (const { reads, read, found } of members) {
    it(`has ${reads} where they are, and nowhere else`, () => {
      const seen = [...Object.keys(object), "absent"].flatMap((name) => {
        const value = read(name);
        return value === undefined ? [] : [[name, value] as const];
      });
      assert.deepEqual(Object.fromEntries(seen), found);
    });
  }

  it("has the strings of a list, and none of what is no list", () => {
    assert.deepEqual(stringsMember(object, "strings"), ["a", "b"]);
    assert.deepEqual(stringsMember(object, "text"), []);
    assert.deepEqual(stringsMember(object, "absent"), []);
  });
});
