import type { JsonObject } from "../../core/input/json-object.ts";
import { FOREVER, NEVER, NONE, UNKNOWN } from "./cell.ts";
import { printable } from "./printable-text.ts";
import type { Column } from "./table.ts";

/** A missing value is an empty field, as programs that read CSV expect. */
const PLACEHOLDERS: ReadonlySet<string> = new Set([FOREVER, NEVER, NONE, UNKNOWN]);

/**
 * The table as RFC 4180 has it, in parts: the first call gives the headers too. A text that a spreadsheet would take for
 * a formula begins with an apostrophe (OWASP, "CSV Injection"): names and descriptions are other people's.
 */
export function csvText(
  columns: readonly Column[],
  hasHeaders: boolean,
): (items: readonly JsonObject[], now: Date) => string {
  let isFirst = hasHeaders;
  return (items, now) => {
    const rows = items.map((item) => columns.map(({ cell }) => printable(cell(item, now))));
    const records = isFirst ? [columns.map(({ header }) => header), ...rows] : rows;
    isFirst = false;
    return records.map((record) => `${record.map(fieldText).join(",")}\r\n`).join("");
  };
}

function fieldText(text: string): string {
  const value = PLACEHOLDERS.has(text) ? "" : /^[=+@-]/.test(text) ? `'${text}` : text;
  return /[",]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
