import type { IssuanceHarness } from "./issuance-harness.ts";

type Tables = IssuanceHarness["tables"];

/** A backup of the tables, as of now: what it returns puts the named ones back. */
export function backUp({ tables }: Pick<IssuanceHarness, "tables">): (...names: readonly (keyof Tables)[]) => void {
  const { nodes, issuances } = { nodes: new Map(tables.nodes), issuances: new Map(tables.issuances) };
  return (...names) => {
    if (names.includes("nodes")) putBack(tables.nodes, nodes);
    if (names.includes("issuances")) putBack(tables.issuances, issuances);
  };
}

function putBack<T>(table: Map<string, T>, backup: ReadonlyMap<string, T>): void {
  table.clear();
  for (const [key, value] of backup) table.set(key, value);
}
