import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { textCell } from "../../../cli/output/cell.ts";
import { csvText } from "../../../cli/output/csv.ts";

const NOW = new Date("2030-05-05T12:00:00Z");
const COLUMNS = [
  { header: "NAME", cell: textCell("name") },
  { header: "NOTE", cell: textCell("note") },
];

describe("csvText", () => {
  it("writes headers once, and a missing value as an empty field", () => {
    const rows = csvText(COLUMNS, true);
    assert.equal(rows([{ name: "a", note: "b" }], NOW), "NAME,NOTE\r\na,b\r\n");
    assert.equal(rows([{ name: "c" }], NOW), "c,\r\n");
  });

  it("leaves headers out where they are not wanted", () => {
    assert.equal(csvText(COLUMNS, false)([{ name: "a", note: "b" }], NOW), "a,b\r\n");
  });

  const HOSTILE = [
    { note: "one, two", field: '"one, two"' },
    { note: 'the "rack"', field: '"the ""rack"""' },
    { note: "=HYPERLINK(1)", field: "'=HYPERLINK(1)" },
    { note: "+1", field: "'+1" },
    { note: "-1", field: "'-1" },
    { note: '@SUM(1,"2")', field: '"\'@SUM(1,""2"")"' },
    { note: "a\r\nb", field: "a\\u000d\\u000ab" },
    { note: "\u202ereversed", field: "\\u202ereversed" },
  ];
  for (const { note, field } of HOSTILE) {
    it(`keeps ${JSON.stringify(note)} one field that is only text`, () => {
      assert.equal(csvText(COLUMNS, false)([{ name: "a", note }], NOW), `a,${field}\r\n`);
    });
  }
});
