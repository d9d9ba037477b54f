import { objectMember, textMember, type JsonObject } from "../../../core/input/json-object.ts";
import { momentText, NONE, textCell, timeLeftCell } from "../../output/cell.ts";
import type { Field } from "../../output/field-list.ts";
import type { Column } from "../../output/table.ts";
import { toneOfState } from "../../output/tone.ts";

export const CERTIFICATE_COLUMNS: readonly Column[] = [
  { header: "SERIALNUMBER", cell: textCell("serialNumber") },
  { header: "NODE", cell: textCell("nodeName") },
  { header: "STATE", cell: textCell("state"), tone: toneOfState },
  { header: "TTL", cell: timeLeftCell("notAfter") },
  { header: "EXPIRES", cell: textCell("notAfter"), leftOut: 3 },
  { header: "TOKEN", cell: textCell("tokenId"), leftOut: 2 },
  { header: "SIGNERNAME", cell: textCell("signerName"), minWidth: 16, keeps: "end", leftOut: 1 },
];

export function certificateFields(certificate: JsonObject, now: Date): Field[] {
  const revocation = objectMember(certificate, "revocation");
  const note = textMember(certificate, "note");
  return [
    ["Serial number", textMember(certificate, "serialNumber") ?? NONE],
    ["State", textMember(certificate, "state") ?? NONE],
    ["Subject", textMember(certificate, "subject") ?? NONE],
    ["Node", textMember(certificate, "nodeName") ?? NONE],
    ["Not before", momentText(certificate, "notBefore", now)],
    ["Not after", momentText(certificate, "notAfter", now)],
    ["Issuer", textMember(certificate, "issuer") ?? NONE],
    ["Signer name", textMember(certificate, "signerName") ?? NONE],
    ["Requestor", textMember(certificate, "username") ?? NONE],
    ["Token", textMember(certificate, "tokenId") ?? NONE],
    ["Request", textMember(certificate, "name") ?? NONE],
    ["Key (SPKI SHA-256)", textMember(certificate, "spkiSha256") ?? NONE],
    ["Created", momentText(certificate, "createdAt", now)],
    ...(revocation === undefined ? [] : revocationFields(revocation, now)),
    ...(note === undefined ? [] : [["Note", note] satisfies Field]),
  ];
}

function revocationFields(revocation: JsonObject, now: Date): Field[] {
  return [
    ["Revoked", momentText(revocation, "at", now)],
    ["Revoked by", textMember(revocation, "by") ?? NONE],
    ["Reason", textMember(revocation, "reason") ?? NONE],
  ];
}
