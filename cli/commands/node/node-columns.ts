import { numberMember, objectMember, textMember, type JsonObject } from "../../../core/input/json-object.ts";
import { ageCell, momentText, NONE, textCell, timeLeftCell, UNKNOWN } from "../../output/cell.ts";
import type { Field } from "../../output/field-list.ts";
import type { Column } from "../../output/table.ts";
import { toneOfState } from "../../output/tone.ts";

const SIGNER: Column = { header: "SIGNER", cell: textCell("signerName"), minWidth: 16, keeps: "end" };

/** A line for each signer that certified a name. */
export const NODE_COLUMNS: readonly Column[] = [
  { header: "NAME", cell: textCell("nodeName") },
  { header: "STATE", cell: textCell("state"), tone: toneOfState },
  { header: "TTL", cell: timeLeftCell("notAfter") },
  { header: "EXPIRES", cell: textCell("notAfter"), leftOut: 4 },
  { header: "LASTSEEN", cell: ageCell("lastSeenAt") },
  { header: "GENERATION", cell: textCell("generation"), leftOut: 3 },
  { header: "BUNDLE", cell: textCell("trustBundleSequence", UNKNOWN), leftOut: 2 },
  { header: "AGENT", cell: textCell("agentVersion", UNKNOWN), leftOut: 1 },
  { header: "SERIALNUMBER", cell: textCell("serialNumber"), leftOut: 5 },
  SIGNER,
];

/** Client and serving certificates alike: a line for each that is late. */
export const OVERDUE_COLUMNS: readonly Column[] = [
  { header: "NAME", cell: textCell("nodeName") },
  { header: "STATE", cell: textCell("state"), tone: toneOfState },
  { header: "TTL", cell: timeLeftCell("notAfter") },
  { header: "EXPIRES", cell: textCell("notAfter"), leftOut: 2 },
  { header: "OVERDUE", cell: ageCell("overdueSince") },
  { header: "LASTSEEN", cell: ageCell("lastSeenAt") },
  { header: "AGENT", cell: textCell("agentVersion", UNKNOWN), leftOut: 1 },
  SIGNER,
];

/** After a restore: who uses a certificate that is not on record. */
export const UNKNOWN_COLUMNS: readonly Column[] = [
  { header: "NAME", cell: textCell("nodeName") },
  { header: "STATE", cell: textCell("state"), tone: toneOfState },
  { header: "LASTUSE", cell: (node, now) => ageCell("at")(objectMember(node, "unknownUse") ?? {}, now) },
  { header: "UNKNOWN", cell: (node, now) => textCell("serialNumber")(objectMember(node, "unknownUse") ?? {}, now) },
  { header: "LASTSEEN", cell: ageCell("lastSeenAt") },
  { header: "SERIALNUMBER", cell: textCell("serialNumber"), leftOut: 1 },
];

export function nodeFields(node: JsonObject, now: Date): Field[] {
  return [
    ["Name", textMember(node, "nodeName") ?? NONE],
    ["Signer", textMember(node, "signerName") ?? NONE],
    ["State", textMember(node, "state") ?? NONE],
    ["Serial number", textMember(node, "serialNumber") ?? NONE],
    ["Not after", momentText(node, "notAfter", now)],
    ["Issuer", issuerText(node)],
    ["Overdue since", momentText(node, "overdueSince", now, "it is not")],
    ["Generation", textMember(node, "generation") ?? NONE],
    ["Last seen", momentText(node, "lastSeenAt", now, UNKNOWN)],
    ["Trust bundle", textMember(node, "trustBundleSequence") ?? UNKNOWN],
    ["Agent", textMember(node, "agentVersion") ?? UNKNOWN],
    ["Released", momentText(node, "releasedAt", now, "no")],
    ["Revoked", momentText(node, "revokedAt", now, "no")],
    ["Recovered", recoveryText(node, now)],
    ["May recover", allowanceText(node, now)],
    ["Renewal", requestText(node, now)],
    ["Suspicious use", supersededUseText(node, now)],
    ["Not on record", unknownUseText(node, now)],
    ["Admitted", admissionText(node, now)],
  ];
}

function issuerText(node: JsonObject): string | readonly string[] {
  const issuer = textMember(node, "issuer") ?? NONE;
  if (textMember(node, "state") !== "Stranded") return issuer;
  return [
    `${issuer}, which was retired: nobody accepts the certificate; the machine must join again with a new token`,
    `if that was a mistake: nodeseal recovery admit --authority ${issuer}`,
  ];
}

function recoveryText(node: JsonObject, now: Date): string {
  const count = numberMember(node, "recoveries") ?? 0;
  const at = momentText(node, "recoveredAt", now, "never");
  return count === 0 ? at : `${at}, ${count} in a row without a renewal in time`;
}

/** What an operator said; what policy says of itself is not the node's. */
function allowanceText(node: JsonObject, now: Date): string {
  const allowance = objectMember(node, "recoveryAllowance");
  if (allowance === undefined) return "as policy says";
  const recoveries = numberMember(allowance, "recoveries") ?? 0;
  const times = recoveries === 1 ? "once" : `${recoveries} times`;
  return `${times} until ${momentText(allowance, "until", now)}, by ${textMember(allowance, "by") ?? UNKNOWN}`;
}

function requestText(node: JsonObject, now: Date): string {
  const request = objectMember(node, "renewalRequest");
  if (request === undefined) return "at its own time";
  return `asked for until ${momentText(request, "until", now)}, by ${textMember(request, "by") ?? UNKNOWN}`;
}

function supersededUseText(node: JsonObject, now: Date): string | readonly string[] {
  const use = objectMember(node, "supersededUse");
  if (use === undefined) return "none seen";
  const count = numberMember(use, "count") ?? 0;
  return [
    `a replaced certificate was used, last at ${momentText(use, "at", now)}, in ${count} ${count === 1 ? "minute" : "minutes"} in all`,
    `it is ${textMember(use, "serialNumber") ?? UNKNOWN}: somebody may hold a copy of its key`,
  ];
}

function unknownUseText(node: JsonObject, now: Date): string | readonly string[] {
  const use = objectMember(node, "unknownUse");
  if (use === undefined) return "nothing seen";
  return [
    `a certificate was used that this service signed and does not know, last at ${momentText(use, "at", now)}`,
    `it is ${textMember(use, "serialNumber") ?? UNKNOWN}; after a restore: nodeseal recovery admit --help`,
  ];
}

function admissionText(node: JsonObject, now: Date): string {
  const admission = objectMember(node, "admission");
  if (admission === undefined) return "never";
  return `${momentText(admission, "at", now)} with ${textMember(admission, "serialNumber") ?? UNKNOWN}, by ${textMember(admission, "by") ?? UNKNOWN}`;
}
