import {
  numberMember,
  objectMember,
  textMember,
  stringsMember,
  type JsonObject,
} from "../../../core/input/json-object.ts";
import { ageCell, durationCell, momentText, NONE, textCell } from "../../output/cell.ts";
import type { Field } from "../../output/field-list.ts";
import { humanDuration } from "../../output/human-duration.ts";
import type { Column } from "../../output/table.ts";
import { toneOfState } from "../../output/tone.ts";

/** kubectl's columns of a CertificateSigningRequest (K3.9), and whose it is: that is what an approval is about. */
export const REQUEST_COLUMNS: readonly Column[] = [
  { header: "NAME", cell: textCell("name") },
  { header: "AGE", cell: ageCell("createdAt") },
  { header: "NODE", cell: textCell("nodeName") },
  { header: "SIGNERNAME", cell: textCell("signerName"), minWidth: 16, keeps: "end", leftOut: 2 },
  { header: "REQUESTOR", cell: textCell("username"), minWidth: 16, keeps: "end", leftOut: 1 },
  { header: "REQUESTEDDURATION", cell: durationCell("expirationSeconds"), leftOut: 4 },
  { header: "CONDITION", cell: conditionOf, tone: toneOfState },
  // The last, for it has blanks.
  { header: "SUBJECT", cell: textCell("subject"), minWidth: 16, keeps: "end", leftOut: 3 },
];

/** Our states as kubectl's CONDITION column shows them: first the decision, then the result. */
const CONDITIONS: Readonly<Record<string, string>> = {
  Reserved: "Approved",
  Issued: "Approved,Issued",
  Voided: "Approved,Voided",
  Revoked: "Approved,Issued,Revoked",
};

function conditionOf(request: JsonObject): string {
  const state = textMember(request, "state") ?? NONE;
  return CONDITIONS[state] ?? state;
}

export function requestFields(request: JsonObject, now: Date): Field[] {
  const seconds = numberMember(request, "expirationSeconds");
  const decision = objectMember(request, "decision");
  const note = textMember(request, "note");
  const obstacle = objectMember(request, "obstacle");
  return [
    ["Name", textMember(request, "name") ?? NONE],
    ["Condition", conditionOf(request)],
    ...(obstacle === undefined ? [] : [["Not signed", textMember(obstacle, "message") ?? NONE] satisfies Field]),
    ["Subject", textMember(request, "subject") ?? NONE],
    ["Node", textMember(request, "nodeName") ?? NONE],
    ["Signer name", textMember(request, "signerName") ?? NONE],
    ["Requestor", textMember(request, "username") ?? NONE],
    ...originFields(request),
    ["Groups", stringsMember(request, "groups")],
    ["Usages", stringsMember(request, "usages")],
    ["Requested duration", seconds === undefined ? NONE : `${humanDuration(seconds)} (${seconds} s)`],
    ["Created", momentText(request, "createdAt", now)],
    ...(decision === undefined ? [] : decisionFields(decision, now)),
    ["Serial number", textMember(request, "serialNumber") ?? NONE],
    ...(note === undefined ? [] : [["Note", note] satisfies Field]),
  ];
}

function decisionFields(decision: JsonObject, now: Date): Field[] {
  return [
    ["Decided by", textMember(decision, "by") ?? NONE],
    ["Decided", momentText(decision, "at", now)],
    ["Reason", textMember(decision, "reason") ?? NONE],
    ["Message", textMember(decision, "message") ?? NONE],
    ...(decision["replace"] === true ? [["Replaces", "a live certificate with another key"] satisfies Field] : []),
  ];
}

/** Why it waits, and whose token it came with: who approves has to know both. */
function originFields(request: JsonObject): Field[] {
  const rule = textMember(request, "rule");
  const token = objectMember(request, "token");
  if (token === undefined) return rule === undefined ? [] : [["Waits by rule", rule]];
  const said = [textMember(token, "description"), `made by ${textMember(token, "createdBy") ?? NONE}`];
  const about = said.filter((part) => part !== undefined).join(", ");
  return [
    ...(rule === undefined ? [] : [["Waits by rule", rule] satisfies Field]),
    ["Token", `${textMember(token, "tokenId") ?? NONE} (${about})`],
  ];
}
