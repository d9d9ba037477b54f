import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { awsCallFigures } from "./aws-calls.ts";
import { bundleFigures } from "./start/bundle.ts";
import { coreIssueFigures } from "./core-issue.ts";
import type { Figure } from "./figure.ts";
import { functionFigures } from "./function/figures.ts";
import { herdFigures } from "./herd.ts";
import { httpIssueFigures } from "./http-issue.ts";
import { idleAgentFigures } from "./idle-agent.ts";
import { idleCostFigures } from "./idle-cost.ts";
import { startFigures } from "./start/programs.ts";

/** `npm run bench [-- --json FILE]`: one table, and the same figures as JSON. Compare ratios, not runs. */
const { values } = parseArgs({ options: { json: { type: "string" } } });

const figures: Figure[] = [];
for (const measure of [
  coreIssueFigures,
  functionFigures,
  httpIssueFigures,
  awsCallFigures,
  bundleFigures,
  startFigures,
  idleCostFigures,
  idleAgentFigures,
  herdFigures,
])
  figures.push(...(await measure()));

const rows = figures.map(({ name, value, unit, floor, ratio, note }) => [
  name,
  String(value),
  unit,
  floor === undefined ? "" : `${floor} ${unit}`,
  ratio === undefined ? "" : `${ratio} ×`,
  note ?? "",
]);
const table = [["figure", "value", "unit", "floor", "ratio", "note"], ...rows];
const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
for (const row of table)
  console.log(
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
if (values.json !== undefined) {
  const plain = figures.map(({ name, value, unit, floor, ratio }) => ({ name, value, unit, floor, ratio }));
  writeFileSync(values.json, `${JSON.stringify(plain, undefined, 2)}\n`);
}
