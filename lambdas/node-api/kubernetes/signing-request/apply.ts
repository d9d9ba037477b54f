import { bodyOf, mediaType } from "../../../http/request.ts";
import type { Answer } from "../protocol/answer.ts";
import { assertAdministrator } from "../caller/authorization.ts";
import type { Caller } from "../caller/caller.ts";
import { createObject } from "./create.ts";
import { jsonObject, utf8 } from "../body/object-body.ts";
import { decodeRequestObject, type SentRequest } from "../body/object-schema.ts";
import { duplicateMembers } from "../body/duplicate-members.ts";
import { assertPreconditions } from "../body/preconditions.ts";
import type { KubernetesRequest } from "../protocol/request.ts";
import { resourceVersionOf } from "../read/request-object.ts";
import { CSR_RESOURCE } from "../protocol/resources.ts";
import type { KubernetesServices } from "../protocol/services.ts";
import { badRequest, conflict } from "../protocol/status.ts";
import { updateRequest, writeMetadata } from "./update.ts";
import { readVisible } from "../caller/visible-request.ts";
import { APPLY_TYPE } from "../body/write-options.ts";

/**
 * PATCH of a request. Applying an object that does not exist creates it, and may sign it. So a PATCH is routed to the
 * function that signs, unlike a PUT.
 *
 * @throws StatusError
 */
export async function patchRequest(
  services: KubernetesServices,
  caller: Caller,
  request: KubernetesRequest,
  name: string,
): Promise<Answer> {
  if (mediaType(request.event) !== APPLY_TYPE) return updateRequest(services, caller, request, name);
  assertAdministrator(caller, { verb: "patch", resource: CSR_RESOURCE, name });
  const sent = appliedObject(request, name);
  const record = await readVisible(services, caller, name);
  const { metadata } = sent;
  if (record === undefined) {
    if (metadata.uid) throw conflict(CSR_RESOURCE, name, missing("uid", metadata.uid));
    if (metadata.resourceVersion)
      throw conflict(CSR_RESOURCE, name, missing("resourceVersion", metadata.resourceVersion));
    return createObject(services, caller, request, { object: sent, warnings: [] });
  }
  const stored = { name, uid: record.uid, resourceVersion: resourceVersionOf(record) };
  assertPreconditions(CSR_RESOURCE, metadata, stored);
  // Fields have no owners here: what is applied is merged into what is stored.
  const { labels = {}, annotations = {} } = record.metadata ?? {};
  const merged = {
    ...metadata,
    labels: { ...labels, ...metadata.labels },
    annotations: { ...annotations, ...metadata.annotations },
  };
  return writeMetadata(services, request, record, { name, metadata: merged, warnings: [] });
}

function missing(member: string, value: string): string {
  return `${member} mismatch: the provided object specified ${member} ${value.slice(0, 100)}, and no existing object was found`;
}

type AppliedRequest = SentRequest & { readonly metadata: NonNullable<SentRequest["metadata"]> };

/** An applied object must have no unknown field, whatever `fieldValidation` says. @throws StatusError BadRequest */
function appliedObject({ event, query }: KubernetesRequest, name: string): AppliedRequest {
  const text = utf8(bodyOf(event));
  const body = { object: jsonObject(text), duplicates: duplicateMembers(text) };
  if (!body.object["kind"] || !body.object["apiVersion"]) throw badRequest("invalid object type: /, Kind=");
  const strict = new URLSearchParams(query);
  strict.set("fieldValidation", "Strict");
  const { object } = decodeRequestObject(body, strict);
  if (object.metadata?.managedFields) throw badRequest("metadata.managedFields must be nil");
  const { name: sentName = name, ...metadata } = object.metadata ?? {};
  if (sentName !== name)
    throw badRequest(`the name of the object (${String(sentName)}) does not match the name on the URL (${name})`);
  return { ...object, metadata: { ...metadata, name } };
}
