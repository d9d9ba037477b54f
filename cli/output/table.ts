import type { JsonObject } from "../../core/input/json-object.ts";
import { cutToWidth, displayWidth, printable } from "./printable-text.ts";
import type { Screen } from "./screen.ts";
import { bold, paint, type Tone } from "./tone.ts";

/** One column of a list, like kubectl's. Cells are never empty, so that `awk` counts columns right. */
export interface Column {
  readonly header: string;
  readonly cell: (item: JsonObject, now: Date) => string;
  /**
   * The column may shrink to this width on a narrow terminal. Without it, it is never cut: ids and names are copied.
   */
  readonly minWidth?: number;
  /** On a terminal that is too narrow for all columns, those with the highest number are left out first. `-o wide` shows them. */
  readonly leftOut?: number;
  /** Which part of a cut cell remains. The default is its beginning. */
  readonly keeps?: "end";
  readonly tone?: (cell: string) => Tone | undefined;
}

/** kubectl's gap between two columns. */
const GAP = "   ";

/**
 * A table as text with a final newline. On a terminal it is aligned, coloured and fitted to the width. Elsewhere the
 * same columns are complete and separated by tabs.
 */
export function tableText(columns: readonly Column[], items: readonly JsonObject[], now: Date, screen: Screen): string {
  return growingTable(columns, screen)(items, now);
}

/**
 * A table that comes in parts: each call gives the next rows, the first one the headers before them. As with kubectl's
 * pages, a later part may be wider than an earlier one, and never narrower.
 */
export function growingTable(
  columns: readonly Column[],
  screen: Screen,
  hasHeaders = true,
): (items: readonly JsonObject[], now: Date) => string {
  let shown = columns;
  let widest: readonly (readonly string[])[] = [];
  let isBegun = false;
  const cellsOf = (items: readonly JsonObject[], now: Date) =>
    items.map((item) => shown.map(({ cell }) => printable(cell(item, now))));
  return (items, now) => {
    const isFirst = !isBegun;
    isBegun = true;
    if (isFirst && screen.isTerminal) shown = shownColumns(columns, cellsOf(items, now), screen.columns);
    const headers = shown.map(({ header }) => header);
    const heads = isFirst && hasHeaders;
    const rows = cellsOf(items, now);
    if (!screen.isTerminal) return [...(heads ? [headers] : []), ...rows].map((row) => `${row.join("\t")}\n`).join("");
    if (isFirst) widest = [headers];
    const widths = fittedWidths(shown, [...widest, ...rows], screen.columns);
    widest = [...widest.slice(0, 1), widths.map((width) => " ".repeat(width))];
    const heading = alignedRow(headers, widths, (text) => (screen.hasColour ? bold(text) : text));
    const lines = rows.map((row) => lineOf(shown, row, widths, screen.hasColour));
    return [...(heads ? [heading] : []), ...lines].map((line) => `${line}\n`).join("");
  };
}

function lineOf(
  columns: readonly Column[],
  row: readonly string[],
  widths: readonly number[],
  hasColour: boolean,
): string {
  const cells = row.map((text, index) => cutToWidth(text, widths[index] ?? 0, columns[index]?.keeps ?? "beginning"));
  return alignedRow(cells, widths, (text, index) => {
    const tone = hasColour ? columns[index]?.tone?.(text) : undefined;
    return tone === undefined ? text : paint(text, tone);
  });
}

function alignedRow(
  cells: readonly string[],
  widths: readonly number[],
  style: (text: string, index: number) => string,
): string {
  return cells
    .map((cell, index) => {
      const padding = index === cells.length - 1 ? 0 : (widths[index] ?? 0) - displayWidth(cell);
      return style(cell, index) + " ".repeat(padding);
    })
    .join(GAP);
}

/** The columns for which there is room, at their least widths, in their order. */
function shownColumns(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  available: number,
): readonly Column[] {
  const leastWidths = columns.map(({ header, minWidth }, index) => {
    const width = rows.reduce((most, row) => Math.max(most, displayWidth(row[index] ?? "")), displayWidth(header));
    return Math.min(width, minWidth ?? width);
  });
  const shown = new Set(columns.keys());
  const total = () => [...shown].reduce((sum, index) => sum + (leastWidths[index] ?? 0) + GAP.length, -GAP.length);
  const droppable = [...columns.entries()]
    .filter(([, { leftOut }]) => leftOut !== undefined)
    .sort(([, one], [, other]) => (other.leftOut ?? 0) - (one.leftOut ?? 0));
  for (const [index] of droppable) {
    if (total() <= available) break;
    shown.delete(index);
  }
  return columns.filter((_, index) => shown.has(index));
}

/** Shrinks the widest column that may shrink, one character at a time, until the row fits or no column may shrink. */
function fittedWidths(columns: readonly Column[], rows: readonly (readonly string[])[], available: number): number[] {
  const widths = columns.map((_, index) =>
    rows.reduce((most, row) => Math.max(most, displayWidth(row[index] ?? "")), 0),
  );
  const floors = columns.map(({ minWidth }, index) => minWidth ?? widths[index] ?? 0);
  let missing = widths.reduce((sum, width) => sum + width, GAP.length * (columns.length - 1)) - available;
  while (missing > 0) {
    const shrinkable = widths.map((width, index) => (width > (floors[index] ?? 0) ? width : 0));
    const widest = shrinkable.indexOf(Math.max(...shrinkable));
    if ((shrinkable[widest] ?? 0) === 0) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
    missing--;
  }
  return widths;
}
