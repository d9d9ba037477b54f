import { hasCertificate, conditionsOf } from "../../../../core/signing-request/conditions.ts";
import { objectNameOf } from "../../../../core/ledger/request-name.ts";
import type { IssuanceRecord } from "../../../../core/ledger/issuance-record.ts";
import { humanDuration } from "../protocol/human-duration.ts";
import { objectMetadata, requestObject, type Rendering } from "./request-object.ts";
import { badRequest } from "../protocol/status.ts";

const COLUMNS = [
  column("Name", "name", "Name of the object: unique, and what commands take."),
  column("Age", "", "How long ago it was made."),
  column("SignerName", "", "Who is asked to sign."),
  column("Requestor", "", "Who asked."),
  column("RequestedDuration", "", "The lifetime asked for, if any."),
  column("Condition", "", "What was decided, and what came of it."),
];

export function column(name: string, format: string, description: string, type = "string") {
  return { name, type, format, description, priority: 0 };
}

export type IncludedObject = "None" | "Metadata" | "Object";

/** @throws StatusError */
export function includedObject(query: URLSearchParams): IncludedObject {
  const wanted = query.get("includeObject") ?? "Metadata";
  if (wanted === "None" || wanted === "Metadata" || wanted === "Object") return wanted;
  throw badRequest(
    `includeObject: Unsupported value: ${JSON.stringify(wanted)}: supported values: "Metadata", "None", "Object"`,
  );
}

export interface TableOptions {
  readonly version: "v1" | "v1beta1";
  readonly include: IncludedObject;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly now: Date;
}

/** The columns of `kubectl get csr` (K3.9), for a list as for a single object. */
export function requestTable(
  records: readonly IssuanceRecord[],
  rendering: Rendering,
  { version, include, metadata, now }: TableOptions,
): unknown {
  const rows = records.map((record) => ({
    cells: cellsOf(record, rendering, now),
    metadata: objectMetadata(record),
    object: () => requestObject(record, rendering),
  }));
  return tableOf(COLUMNS, rows, { version, include, metadata });
}

interface Row {
  readonly cells: readonly unknown[];
  readonly metadata: unknown;
  /** Made only when the client wants whole objects. */
  readonly object: () => unknown;
}

/** A Table as kubectl prints it, with as much of each row's object as it wants. */
export function tableOf(
  columnDefinitions: readonly unknown[],
  rows: readonly Row[],
  { version, include, metadata }: Omit<TableOptions, "now">,
): unknown {
  const apiVersion = `meta.k8s.io/${version}`;
  const included = (row: Row): Readonly<Record<string, unknown>> => {
    if (include === "None") return {};
    if (include === "Object") return { object: row.object() };
    return { object: { kind: "PartialObjectMetadata", apiVersion, metadata: row.metadata } };
  };
  return {
    kind: "Table",
    apiVersion,
    metadata,
    columnDefinitions,
    rows: rows.map((row) => ({ cells: row.cells, ...included(row) })),
  };
}

function cellsOf(record: IssuanceRecord, { policy }: Rendering, now: Date): readonly string[] {
  const { name, createdAt, signerName, username, lifetimeSeconds } = record;
  return [
    objectNameOf(name),
    humanDuration(now.getTime() - createdAt.getTime()),
    signerName,
    username,
    lifetimeSeconds === undefined ? "<none>" : humanDuration(lifetimeSeconds * 1000),
    conditionText(record, policy),
  ];
}

/** `Approved,Issued`. */
export function conditionText(record: IssuanceRecord, policy: Rendering["policy"]): string {
  const types = conditionsOf(record, policy).map(({ type }) => type);
  const decided = types.includes("Denied") ? "Denied" : types.includes("Approved") ? "Approved" : "Pending";
  return [decided, ...(types.includes("Failed") ? ["Failed"] : []), ...(hasCertificate(record) ? ["Issued"] : [])].join(
    ",",
  );
}
