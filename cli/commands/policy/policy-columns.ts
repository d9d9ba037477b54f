import { numberMember, stringsMember, type JsonObject } from "../../../core/input/json-object.ts";
import { durationCell, listCell, NONE, textCell } from "../../output/cell.ts";
import { humanDuration } from "../../output/human-duration.ts";
import type { Column } from "../../output/table.ts";

/** What a rule allows its group. */
export const RULE_COLUMNS: readonly Column[] = [
  { header: "RULE", cell: textCell("name") },
  { header: "GROUP", cell: textCell("group"), minWidth: 16, keeps: "end" },
  { header: "SIGNER", cell: textCell("signerName"), minWidth: 16, keeps: "end" },
  { header: "NAMES", cell: namesOf, minWidth: 8 },
  { header: "SANS", cell: alternativeNamesOf, minWidth: 8 },
  { header: "KEYS", cell: listCell("keyTypes"), minWidth: 8 },
  { header: "LIFETIME", cell: durationCell("defaultLifetimeSeconds") },
  { header: "LONGEST", cell: durationCell("maxLifetimeSeconds") },
  { header: "RECOVERY", cell: recoveryOf },
  { header: "APPROVAL", cell: textCell("approval") },
];

function namesOf(rule: JsonObject): string {
  const names = stringsMember(rule, "names").join(",") || NONE;
  if (rule["ownNameOnly"] !== true) return names;
  return names === "*" ? "<own>" : `<own>,${names}`;
}

function alternativeNamesOf(rule: JsonObject): string {
  return [...stringsMember(rule, "dnsNames"), ...stringsMember(rule, "ipAddresses")].join(",") || NONE;
}

function recoveryOf(rule: JsonObject): string {
  const seconds = numberMember(rule, "recoverySeconds") ?? 0;
  return seconds === 0 ? NONE : humanDuration(seconds);
}
