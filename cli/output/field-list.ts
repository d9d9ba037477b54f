import { printable } from "./printable-text.ts";
import type { Screen } from "./screen.ts";
import { bold, paint, toneOfState } from "./tone.ts";

/** A label and its value. The values of a list are on lines of their own. */
export type Field = readonly [label: string, value: string | readonly string[]];

/** One object, as `kubectl describe` shows it: one label and value per line. */
export function fieldListText(fields: readonly Field[], screen: Screen): string {
  const width = Math.max(...fields.map(([label]) => label.length)) + 2;
  return fields.map(([label, value]) => fieldText(label, value, width, screen)).join("");
}

function fieldText(label: string, value: Field[1], width: number, screen: Screen): string {
  const heading = `${label}:`.padEnd(width + 1);
  const values = typeof value === "string" ? [value] : value;
  const lines = (values.length === 0 ? ["<none>"] : values).map((text, index) => {
    const lead = index > 0 ? " ".repeat(width + 1) : screen.hasColour ? bold(heading) : heading;
    return `${lead}${valueText(label, printable(text), screen)}\n`;
  });
  return lines.join("");
}

function valueText(label: string, text: string, { hasColour }: Screen): string {
  const tone = hasColour && (label === "State" || label === "Condition") ? toneOfState(text) : undefined;
  return tone === undefined ? text : paint(text, tone);
}
