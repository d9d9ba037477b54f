import { setTimeout as delay } from "node:timers/promises";
import { textMember, type JsonObject } from "../../core/input/json-object.ts";
import { csvText } from "../output/csv.ts";
import { printable } from "../output/printable-text.ts";
import { structuredText } from "../output/structured-text.ts";
import { growingTable, type Column } from "../output/table.ts";
import { messageOf, OperatorError, UsageError } from "../program/operator-error.ts";
import { pagesOf, type ListRequest } from "../service/pages.ts";
import { WATCH_SECONDS, type ListFlags } from "../arguments/list-options.ts";
import type { ListInvocation } from "./invocation.ts";

export interface ListView {
  readonly columns: readonly Column[];
  /** What other commands take for this item: `-o name` prints it. */
  readonly nameMember: string;
  /** Shown to a person instead of an empty table. */
  readonly whenEmpty: string;
}

/** Prints a list as its pages come; JSON and YAML as one document at the end. With `--watch` it does not end. */
export async function presentList(
  invocation: ListInvocation,
  request: Omit<ListRequest, "limit">,
  view: ListView,
  { limit, watch }: ListFlags,
): Promise<void> {
  const { screen, format, layout } = invocation;
  if (watch !== undefined && (format !== "table" || layout.format === "csv"))
    throw new UsageError(`--watch goes with -o table, wide or name, not with -o ${layout.format}`);
  const print = printerOf(invocation, view);
  const kept: JsonObject[] = [];
  let [count, isCut] = [0, false];
  for await (const page of pagesOf(invocation.service, { ...request, limit })) {
    count += page.items.length;
    ({ isCut } = page);
    if (format !== "table" || watch !== undefined) kept.push(...page.items);
    if (format === "table" && page.items.length > 0) print(page.items);
  }
  if (format !== "table") screen.write(await structuredText({ items: kept }, format));
  else if (count === 0 && screen.isTerminal) screen.note(view.whenEmpty);
  else if (count === 0) print([]);
  if (format === "table" && isCut) screen.note(`nodeseal: stopped by --limit ${count}; there may be more`);
  if (watch !== undefined)
    await watchList(invocation, { ...request, limit }, watch === true ? WATCH_SECONDS : watch, kept, print);
}

type Print = (items: readonly JsonObject[]) => void;

function printerOf({ screen, clock, layout: { format, hasHeaders } }: ListInvocation, view: ListView): Print {
  if (format === "name")
    return (items) =>
      screen.write(items.map((item) => `${printable(textMember(item, view.nameMember) ?? "")}\n`).join(""));
  const rows = format === "csv" ? csvText(view.columns, hasHeaders) : growingTable(view.columns, screen, hasHeaders);
  return (items) => screen.write(rows(items, clock()));
}

/** Until the process is ended. What the service cannot answer for a while is said, and asked again. */
async function watchList(
  { service, screen }: ListInvocation,
  request: ListRequest,
  seconds: number,
  first: readonly JsonObject[],
  print: Print,
): Promise<never> {
  let seen = new Set(first.map((item) => JSON.stringify(item)));
  for (;;) {
    await delay(seconds * 1000);
    try {
      const now = new Set<string>();
      for await (const { items } of pagesOf(service, request)) {
        const fresh = items.filter((item) => !seen.has(JSON.stringify(item)));
        for (const item of items) now.add(JSON.stringify(item));
        if (fresh.length > 0) print(fresh);
      }
      seen = now;
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      screen.note(`nodeseal: ${printable(messageOf(error))}; asking again in ${seconds} s`);
    }
  }
}
