import type { Period, RecordedSignature } from "../../../core/audit/signature-account.ts";
import { dateMember, numberMember, textMember, type JsonObject } from "../../../core/input/json-object.ts";
import type { AdminService } from "../../service/admin-service.ts";
import { pagesOf } from "../../service/pages.ts";

const SIGNATURES_PATH = "/v1/admin/signatures";

/** What the service has on record as signed in this time: of nodes, and of itself. */
export async function recordedSignatures(service: AdminService, { from, until }: Period): Promise<RecordedSignature[]> {
  const signatures: RecordedSignature[] = [];
  for (const origin of ["nodes", "service"]) {
    const query = { of: origin, signedFrom: from.toISOString(), signedUntil: until.toISOString() };
    for await (const { items } of pagesOf(service, { path: SIGNATURES_PATH, query, limit: undefined }))
      signatures.push(...items.flatMap(signatureOf));
  }
  return signatures;
}

function signatureOf(item: JsonObject): readonly RecordedSignature[] {
  const [keyArn, beganAt] = [textMember(item, "keyArn"), dateMember(item, "beganAt")];
  if (keyArn === undefined || beganAt === undefined) return [];
  const serialNumber = textMember(item, "serialNumber");
  const kind = textMember(item, "kind") ?? "unknown";
  const isNodes = serialNumber !== undefined;
  return [
    {
      name: isNodes ? `certificate ${serialNumber} of ${textMember(item, "nodeName") ?? ""}` : `${kind} of the service`,
      kind: isNodes ? "node-certificate" : kind,
      keyArn,
      requestId: textMember(item, "requestId"),
      attempts: numberMember(item, "attempts") ?? 1,
      beganAt,
      // What the service signed for itself, and has an answer for, it has stored or thrown away.
      storedAt: isNodes
        ? dateMember(item, "storedAt")
        : textMember(item, "requestId") === undefined
          ? undefined
          : beganAt,
    },
  ];
}
