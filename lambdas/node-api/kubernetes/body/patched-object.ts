import { bodyOf, mediaType } from "../../../http/request.ts";
import { applyJsonPatch } from "./json-patch.ts";
import { applyMergePatch, applyStrategicMergePatch } from "./merge-patch.ts";
import { jsonValue, utf8, type ObjectBody } from "./object-body.ts";
import type { KubernetesRequest } from "../protocol/request.ts";
import { badRequest, StatusError } from "../protocol/status.ts";

const PATCHES: Readonly<Record<string, (object: unknown, patch: unknown) => unknown>> = {
  "application/json-patch+json": applyJsonPatch,
  "application/merge-patch+json": applyMergePatch,
  "application/strategic-merge-patch+json": applyStrategicMergePatch,
};

/**
 * The object after a PATCH, to be treated like the body of a PUT. Its resource version counts only if the patch names
 * one.
 *
 * @throws StatusError UnsupportedMediaType, for server-side apply too (`apply-request.ts`)
 */
export function patchedObject({ event }: KubernetesRequest, current: unknown): ObjectBody {
  const type = mediaType(event);
  const apply = Object.hasOwn(PATCHES, type) ? PATCHES[type] : undefined;
  if (apply === undefined) {
    throw new StatusError(
      "UnsupportedMediaType",
      `the body of the request was in an unknown format - accepted media types include: ${Object.keys(PATCHES).join(", ")}`,
    );
  }
  const patched = apply(withoutVersion(current), jsonValue(utf8(bodyOf(event))));
  if (typeof patched !== "object" || patched === null || Array.isArray(patched))
    throw badRequest("the patch leaves no object");
  return { object: { ...patched }, duplicates: [] };
}

function withoutVersion(current: unknown): unknown {
  return applyMergePatch(current, { metadata: { resourceVersion: null } });
}
