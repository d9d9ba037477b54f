import { hasCertificate, conditionsOf } from "../../../core/request-status.ts";
import { objectNameOf } from "../../../core/request-name.ts";
import type { IssuanceRecord } from "../../../core/issuance-record.ts";
import { humanDuration } from "./human-duration.ts";
import { objectMetadata, requestObject, type Rendering } from "./request-object.ts";
import { badRequest } from "./status.ts";

const COLUMNS = [
  column("Name", "name", "Name of the object: unique, and what commands take."),
  column("Age", "", "How long ago it was made."),
  column("SignerName", "", "Who is asked to sign."),
  column("Requestor", "", "Who asked."),
  column("RequestedDuration", "", "The lifetime asked for, if any."),
  column("Condition", "", "What was decided, and what came of it."),
];

function column(name: string, format: string, description: string) {
  return { name, type: "string", format, description, priority: 0 };
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
  return {
    kind: "Table",
    apiVersion: `meta.k8s.io/${version}`,
    metadata,
    columnDefinitions: COLUMNS,
    rows: records.map((record) => ({
      cells: cellsOf(record, rendering, now),
      ...(include === "None" ? {} : { object: rowObject(record, rendering, include, version) }),
    })),
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

function rowObject(
  record: IssuanceRecord,
  rendering: Rendering,
  include: "Metadata" | "Object",
  version: string,
): unknown {
  if (include === "Object") return requestObject(record, rendering);
  return { kind: "PartialObjectMetadata", apiVersion: `meta.k8s.io/${version}`, metadata: objectMetadata(record) };
}
