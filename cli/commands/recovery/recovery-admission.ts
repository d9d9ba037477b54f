import { stringsMember, textMember, type JsonObject } from "../../../core/input/json-object.ts";
import { momentText, NONE } from "../../output/cell.ts";
import type { Field } from "../../output/field-list.ts";

export const ADMISSION_PATH = "v1/admin/recovery-admission";

export function admissionFields(admission: JsonObject, now: Date): Field[] {
  const authorityIds = stringsMember(admission, "authorityIds");
  return [
    ["State", textMember(admission, "state") ?? NONE],
    ...(authorityIds.length === 0 ? [] : [["CAs", authorityIds.join(", ")] satisfies Field]),
    ["Issued after", momentText(admission, "issuedAfter", now)],
    ["Issued before", momentText(admission, "openedAt", now)],
    ["Until", momentText(admission, "until", now)],
    ["Except", stringsMember(admission, "except").join(", ") || NONE],
    ["By", textMember(admission, "by") ?? NONE],
  ];
}
