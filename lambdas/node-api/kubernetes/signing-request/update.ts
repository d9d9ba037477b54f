import type { IssuanceRecord } from "../../../../core/ledger/issuance-record.ts";
import { object, type Answer } from "../protocol/answer.ts";
import { assertAdministrator } from "../caller/authorization.ts";
import type { Caller } from "../caller/caller.ts";
import { objectBody } from "../body/object-body.ts";
import { decodeRequestObject, type SentMetadata, type SentRequest } from "../body/object-schema.ts";
import { patchedObject } from "../body/patched-object.ts";
import { assertPreconditions } from "../body/preconditions.ts";
import { rendering } from "../read/read-requests.ts";
import { isDryRun, type KubernetesRequest } from "../protocol/request.ts";
import { requestObject, resourceVersionOf } from "../read/request-object.ts";
import { faultsOfMetadata } from "../body/metadata-validation.ts";
import { CSR_RESOURCE } from "../protocol/resources.ts";
import { annotationsToStore, isSameMetadata } from "../body/sent-metadata.ts";
import type { AdministrationServices } from "../protocol/services.ts";
import { conflict, invalid, notFound } from "../protocol/status.ts";
import { readVisible } from "../caller/visible-request.ts";

/** The object of a PUT or PATCH, and the stored one. */
export interface Update {
  readonly sent: SentRequest;
  readonly record: IssuanceRecord;
  readonly warnings: readonly string[];
}

/**
 * Reads the body of a PUT or PATCH and compares it with the stored object. An empty resource version is no precondition
 * (K3.5).
 *
 * @throws StatusError Forbidden, NotFound, BadRequest, Conflict
 */
export async function readUpdate(
  services: AdministrationServices,
  caller: Caller,
  request: KubernetesRequest,
  name: string,
  subresource?: string,
): Promise<Update> {
  const verb = request.method === "PATCH" ? "patch" : "update";
  assertAdministrator(caller, {
    verb,
    resource: CSR_RESOURCE,
    name,
    ...(subresource === undefined ? {} : { subresource }),
  });
  const body = request.method === "PATCH" ? undefined : objectBody(request);
  const record = await readVisible(services, caller, name);
  if (record === undefined) throw notFound(CSR_RESOURCE, name);
  const { object: sent, warnings } = decodeRequestObject(
    body ?? patchedObject(request, requestObject(record, await rendering(services))),
    request.query,
  );
  const stored = { name, uid: record.uid, resourceVersion: resourceVersionOf(record) };
  assertPreconditions(CSR_RESOURCE, sent.metadata ?? {}, stored);
  return { sent, record, warnings };
}

/** PUT and PATCH of the object itself change labels and annotations. Spec and status never change. */
export async function updateRequest(
  services: AdministrationServices,
  caller: Caller,
  request: KubernetesRequest,
  name: string,
): Promise<Answer> {
  const { sent, record, warnings } = await readUpdate(services, caller, request, name);
  return writeMetadata(services, request, record, { name, metadata: sent.metadata ?? undefined, warnings });
}

interface Description {
  readonly name: string;
  readonly metadata: SentMetadata | undefined;
  readonly warnings: readonly string[];
}

/** Replaces labels and annotations. @throws StatusError Invalid, Conflict */
export async function writeMetadata(
  services: AdministrationServices,
  request: KubernetesRequest,
  record: IssuanceRecord,
  { name, metadata: sent, warnings }: Description,
): Promise<Answer> {
  const causes = faultsOfMetadata(sent);
  if (causes.length > 0) throw invalid(CSR_RESOURCE, name, causes);
  const render = await rendering(services);
  if (isDryRun(request.query) || isSameMetadata(record.metadata, sent))
    return object(200, requestObject(record, render), warnings);
  const metadata = { labels: sent?.labels ?? {}, annotations: annotationsToStore(sent), at: services.clock() };
  const stored = await services.options.objects.annotate(record.name, metadata, record.metadata?.at);
  if (stored === undefined) throw conflict(CSR_RESOURCE, name);
  return object(200, requestObject(stored, render), warnings);
}
