import { textMember, type JsonObject } from "../../json-object.ts";
import { ageCell, momentText, NONE, textCell, timeLeftCell, UNKNOWN } from "../../output/cell.ts";
import type { Field } from "../../output/field-list.ts";
import type { Column } from "../../output/table.ts";
import { toneOfState } from "../../output/tone.ts";

export const NODE_COLUMNS: readonly Column[] = [
  { header: "NAME", cell: textCell("nodeName") },
  { header: "STATE", cell: textCell("state"), tone: toneOfState },
  { header: "TTL", cell: timeLeftCell("notAfter") },
  { header: "EXPIRES", cell: textCell("notAfter") },
  { header: "LASTSEEN", cell: ageCell("lastSeenAt") },
  { header: "GENERATION", cell: textCell("generation") },
  { header: "BUNDLE", cell: textCell("trustBundleSequence", UNKNOWN) },
  { header: "AGENT", cell: textCell("agentVersion", UNKNOWN) },
  { header: "SERIALNUMBER", cell: textCell("serialNumber") },
];

export function nodeFields(node: JsonObject, now: Date): Field[] {
  return [
    ["Name", textMember(node, "nodeName") ?? NONE],
    ["State", textMember(node, "state") ?? NONE],
    ["Serial number", textMember(node, "serialNumber") ?? NONE],
    ["Not after", momentText(node, "notAfter", now)],
    ["Generation", textMember(node, "generation") ?? NONE],
    ["Last seen", momentText(node, "lastSeenAt", now, UNKNOWN)],
    ["Trust bundle", textMember(node, "trustBundleSequence") ?? UNKNOWN],
    ["Agent", textMember(node, "agentVersion") ?? UNKNOWN],
    ["Released", momentText(node, "releasedAt", now, "no")],
    ["Revoked", momentText(node, "revokedAt", now, "no")],
  ];
}
