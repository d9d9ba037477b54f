import { numberMember, textMember, stringsMember, type JsonObject } from "../../../core/input/json-object.ts";
import { FOREVER, listCell, momentText, NEVER, NONE, textCell, tokenTtlCell } from "../../output/cell.ts";
import type { Field } from "../../output/field-list.ts";
import type { Column } from "../../output/table.ts";
import { toneOfState } from "../../output/tone.ts";

/** kubeadm's columns in kubeadm's order and words (K1.5), then ours. The secret is not stored. */
export const TOKEN_COLUMNS: readonly Column[] = [
  { header: "TOKEN", cell: textCell("tokenId") },
  { header: "TTL", cell: tokenTtlCell("expiration") },
  { header: "EXPIRES", cell: textCell("expiration", NEVER), leftOut: 3 },
  { header: "USAGES", cell: listCell("usages"), minWidth: 7, leftOut: 2 },
  { header: "DESCRIPTION", cell: textCell("description"), minWidth: 11 },
  { header: "EXTRA GROUPS", cell: listCell("groups"), minWidth: 19, keeps: "end", leftOut: 1 },
  { header: "STATE", cell: textCell("state"), tone: toneOfState },
  { header: "USES", cell: usesText },
  { header: "NODES", cell: listCell("nodeNames", "<any>"), minWidth: 12 },
];

/** `2/5`, or the uses of a token without a limit. */
export function usesText(token: JsonObject): string {
  const maxUses = numberMember(token, "maxUses");
  const uses = numberMember(token, "uses");
  return maxUses === undefined ? "<unlimited>" : `${uses ?? 0}/${maxUses}`;
}

export function tokenFields(token: JsonObject, now: Date): Field[] {
  return [
    ["Token", textMember(token, "tokenId") ?? NONE],
    ["State", textMember(token, "state") ?? NONE],
    ["Description", textMember(token, "description") ?? NONE],
    ["Expires", momentText(token, "expiration", now, `${NEVER} (TTL ${FOREVER})`)],
    ["Uses", usesText(token)],
    ["Nodes", orAny(token, "nodeNames")],
    ["Source CIDRs", orAny(token, "sourceCidrs")],
    ["Extra groups", stringsMember(token, "groups")],
    ["Usages", stringsMember(token, "usages").join(",") || NONE],
    ["Replaces live nodes", textMember(token, "allowReplace") === "true" ? "yes" : "no"],
    ["Created", momentText(token, "createdAt", now)],
    ["Created by", textMember(token, "createdBy") ?? NONE],
    ["Revoked", momentText(token, "revokedAt", now, "no")],
  ];
}

function orAny(token: JsonObject, name: string): readonly string[] {
  const values = stringsMember(token, name);
  return values.length === 0 ? ["<any>"] : values;
}
