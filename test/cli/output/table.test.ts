import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { textCell } from "../../../cli/output/cell.ts";
import type { Screen } from "../../../cli/output/screen.ts";
import { tableText, type Column } from "../../../cli/output/table.ts";
import { toneOfState } from "../../../cli/output/tone.ts";

const NOW = new Date("2030-05-05T12:00:00Z");

const COLUMNS: readonly Column[] = [
  { header: "NAME", cell: textCell("name") },
  { header: "STATE", cell: textCell("state"), tone: toneOfState },
  { header: "SIGNER", cell: textCell("signer"), minWidth: 8, keeps: "end" },
  { header: "NOTE", cell: textCell("note"), minWidth: 4 },
];

const ITEMS = [
  { name: "worker-1", state: "Active", signer: "example.org/kubelet-client", note: "rack seven" },
  { name: "db", state: "Revoked", signer: "x/y" },
];

function unexpected(): never {
  throw new Error("a table is made, not printed");
}

function terminal(columns: number, hasColour = false): Screen {
  return { write: unexpected, note: unexpected, isTerminal: true, columns, hasColour };
}

const PIPE: Screen = { write: unexpected, note: unexpected, isTerminal: false, columns: 80, hasColour: false };

describe("tableText", () => {
  it("aligns the columns on a terminal", () => {
    assert.equal(
      tableText(COLUMNS, ITEMS, NOW, terminal(80)),
      [
        "NAME       STATE     SIGNER                       NOTE",
        "worker-1   Active    example.org/kubelet-client   rack seven",
        "db         Revoked   x/y                          <none>",
        "",
      ].join("\n"),
    );
  });

  it("cuts the columns that may be cut to fit a narrow terminal, and keeps the telling part", () => {
    assert.equal(
      tableText(COLUMNS, ITEMS, NOW, terminal(44)),
      [
        "NAME       STATE     SIGNER       NOTE",
        "worker-1   Active    …et-client   rack seven",
        "db         Revoked   x/y          <none>",
        "",
      ].join("\n"),
    );
  });

  it("never cuts a name, however narrow the terminal", () => {
    assert.match(tableText(COLUMNS, ITEMS, NOW, terminal(10)), /^worker-1 {3}Active {4}…-client {3}rac…$/m);
  });

  it("colours states and headings, and nothing else, without moving a column", () => {
    const [heading, first, second] = tableText(COLUMNS, ITEMS, NOW, terminal(80, true)).split("\n");
    assert.equal(
      heading,
      "\u001b[1mNAME\u001b[22m       \u001b[1mSTATE\u001b[22m     \u001b[1mSIGNER\u001b[22m                       \u001b[1mNOTE\u001b[22m",
    );
    assert.equal(first, "worker-1   \u001b[32mActive\u001b[39m    example.org/kubelet-client   rack seven");
    assert.equal(second, "db         \u001b[31mRevoked\u001b[39m   x/y                          <none>");
  });

  it("separates the same columns by tabs in a pipe, whole", () => {
    assert.equal(
      tableText(COLUMNS, ITEMS, NOW, PIPE),
      "NAME\tSTATE\tSIGNER\tNOTE\nworker-1\tActive\texample.org/kubelet-client\track seven\ndb\tRevoked\tx/y\t<none>\n",
    );
  });

  const HOSTILE = [
    { why: "a colour", note: "\u001b[31mred", shown: "\\u001b[31mred" },
    { why: "a one-byte control sequence", note: "\u009b31mred", shown: "\\u009b31mred" },
    { why: "a tab, which would be another column", note: "a\tb", shown: "a\\u0009b" },
    { why: "a new line, which would be another row", note: "a\nb", shown: "a\\u000ab" },
    { why: "text turned around", note: "a\u202eb", shown: "a\\u202eb" },
    { why: "an invisible letter", note: "a\u{e0041}b", shown: "a\\udb40\\udc41b" },
  ];
  for (const { why, note, shown } of HOSTILE) {
    it(`shows ${why} as an escape`, () => {
      const table = tableText(COLUMNS, [{ name: "n", state: "s", signer: "x", note }], NOW, PIPE);
      assert.equal(table, `NAME\tSTATE\tSIGNER\tNOTE\nn\ts\tx\t${shown}\n`);
    });
  }

  it("counts wide characters as two cells and combining marks as none", () => {
    const columns = [
      { header: "A", cell: textCell("a"), minWidth: 5 },
      { header: "B", cell: textCell("b") },
    ];
    const items = [
      { a: "データ", b: "x" },
      { a: "e\u0301te\u0301", b: "x" },
      { a: "🚀", b: "x" },
    ];
    assert.equal(
      tableText(columns, items, NOW, terminal(80)),
      "A        B\nデータ   x\ne\u0301te\u0301      x\n🚀       x\n",
    );
    assert.equal(
      tableText(columns, items, NOW, terminal(9)),
      "A       B\nデー…   x\ne\u0301te\u0301     x\n🚀      x\n",
    );
  });
});
