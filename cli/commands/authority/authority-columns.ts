import { textMember, type JsonObject } from "../../../core/input/json-object.ts";
import { momentText, NONE, textCell, timeLeftCell } from "../../output/cell.ts";
import type { Field } from "../../output/field-list.ts";
import type { Column } from "../../output/table.ts";
import { toneOfState } from "../../output/tone.ts";

export const AUTHORITY_COLUMNS: readonly Column[] = [
  { header: "ID", cell: textCell("id") },
  { header: "ROLE", cell: textCell("role") },
  { header: "STATE", cell: textCell("state"), tone: toneOfState },
  { header: "KEY", cell: textCell("keySpec") },
  { header: "TTL", cell: timeLeftCell("notAfter") },
  { header: "EXPIRES", cell: textCell("notAfter"), leftOut: 2 },
  { header: "CACERTHASH", cell: pinOf, minWidth: 14 },
  { header: "SUBJECT", cell: textCell("subject"), minWidth: 12, leftOut: 1 },
];

/** What was asked for and is not done. */
export const CHANGE_REQUEST_COLUMNS: readonly Column[] = [
  { header: "CHANGE", cell: textCell("number") },
  { header: "ACT", cell: textCell("act") },
  { header: "CA", cell: textCell("authorityId") },
  { header: "STATE", cell: textCell("state"), tone: toneOfState },
  { header: "ASKEDBY", cell: textCell("askedBy"), minWidth: 12 },
  { header: "WHY", cell: textCell("reason"), minWidth: 20 },
];

/** What kubeadm and nodeseal-agent take as a pin (K2.4). */
function pinOf(authority: JsonObject): string {
  const hash = textMember(authority, "spkiSha256");
  return hash === undefined ? NONE : `sha256:${hash}`;
}

export function authorityFields(authority: JsonObject, now: Date): Field[] {
  return [
    ["Id", textMember(authority, "id") ?? NONE],
    ["Role", textMember(authority, "role") ?? NONE],
    ["State", textMember(authority, "state") ?? NONE],
    ["Subject", textMember(authority, "subject") ?? NONE],
    ["Key", textMember(authority, "keySpec") ?? NONE],
    ["Key ARN", textMember(authority, "keyArn") ?? NONE],
    ["Serial number", textMember(authority, "serialNumber") ?? NONE],
    ["Not before", momentText(authority, "notBefore", now)],
    ["Not after", momentText(authority, "notAfter", now)],
    ["CA cert hash", pinOf(authority)],
  ];
}
