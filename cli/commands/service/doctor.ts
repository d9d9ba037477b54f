import type { Command } from "commander";
import { textCell } from "../../output/cell.ts";
import { structuredText } from "../../output/structured-text.ts";
import { growingTable, type Column } from "../../output/table.ts";
import { OperatorError } from "../../program/operator-error.ts";
import { invocationOf, type CommandContext } from "../../invocation/invocation.ts";
import { toneOfState } from "../../output/tone.ts";
import { examine, type Finding } from "./examination.ts";

const COLUMNS: readonly Column[] = [
  { header: "CHECK", cell: textCell("check") },
  { header: "RESULT", cell: textCell("result"), tone: toneOfState },
  { header: "DETAIL", cell: textCell("detail") },
];

/** @throws OperatorError at the end, when a check failed */
export async function runExamination(command: Command, context: CommandContext): Promise<void> {
  const { service, format, screen, clock } = await invocationOf(command, context);
  const rows = growingTable(COLUMNS, screen);
  const findings: Finding[] = [];
  for await (const finding of examine(service, clock)) {
    findings.push(finding);
    if (format === "table") screen.write(rows([{ ...finding }], clock()));
  }
  if (format !== "table") screen.write(await structuredText({ findings }, format));
  const failed = findings.filter(({ result }) => result === "failed");
  if (failed.length > 0) throw new OperatorError(`failed: ${failed.map(({ check }) => check).join(", ")}`);
}
