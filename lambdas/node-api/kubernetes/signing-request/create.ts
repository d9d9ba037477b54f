import { REPLACE_ANNOTATION } from "../../../../core/signing-request/approval.ts";
import { createRequest } from "../../../../core/signing-request/create.ts";
import { RefusalError } from "../../../../core/refusal.ts";
import { object, type Answer } from "../protocol/answer.ts";
import type { Caller } from "../caller/caller.ts";
import { objectBody } from "../body/object-body.ts";
import { decodeRequestObject, type Decoded, type SentMetadata, type SentRequest } from "../body/object-schema.ts";
import { rendering } from "../read/read-requests.ts";
import { statusOfRefusal } from "../protocol/refusal-status.ts";
import { isDryRun, type KubernetesRequest } from "../protocol/request.ts";
import { requestObject } from "../read/request-object.ts";
import { validateSpec } from "./validation.ts";
import { CSR_RESOURCE } from "../protocol/resources.ts";
import type { KubernetesServices } from "../protocol/services.ts";
import { alreadyExists, invalid } from "../protocol/status.ts";
import { objectMetadataOf } from "../body/sent-metadata.ts";

/**
 * POST. When policy approves automatically, the answer holds the certificate, so that a kubelet's first list ends its
 * wait. The requester is taken from the credential, whatever the body says. A status in the body is dropped (K3.2).
 *
 * @throws StatusError
 */
export async function postRequest(
  services: KubernetesServices,
  caller: Caller,
  request: KubernetesRequest,
): Promise<Answer> {
  return createObject(services, caller, request, decodeRequestObject(objectBody(request), request.query));
}

/** The same for an object that was already read. @throws StatusError */
export async function createObject(
  services: KubernetesServices,
  caller: Caller,
  { query, arrivedAt, sourceIp }: KubernetesRequest,
  { object: sent, warnings }: Decoded<SentRequest>,
): Promise<Answer> {
  const name = requestedName(sent.metadata ?? undefined);
  const shown = "exact" in name ? name.exact : name.prefix;
  assertOwnAnnotations(caller, sent.metadata ?? undefined, shown);
  const { csr, signerName, usages, lifetimeSeconds } = validateSpec(sent, shown);
  try {
    const created = await createRequest(services, {
      identity: caller.identity,
      token: caller.token,
      csr,
      parameters: { signerName, usages, lifetimeSeconds, sourceIp },
      name,
      metadata: objectMetadataOf(sent.metadata ?? undefined, services.clock()),
      arrivedAt,
      directory: await services.issuers(),
      isDryRun: isDryRun(query),
    });
    if (created.outcome === "exists") throw alreadyExists(CSR_RESOURCE, created.name);
    return object(201, requestObject(created.record, await rendering(services)), warnings);
  } catch (error) {
    throw error instanceof RefusalError ? statusOfRefusal(error, shown) : error;
  }
}

function requestedName(metadata: SentMetadata | undefined): { readonly exact: string } | { readonly prefix: string } {
  if (metadata?.name) return { exact: metadata.name };
  if (metadata?.generateName) return { prefix: metadata.generateName };
  throw invalid(CSR_RESOURCE, "", [
    {
      reason: "FieldValueRequired",
      field: "metadata.name",
      message: "Required value: name or generateName is required",
    },
  ]);
}

/** Whoever asks does not say that its approval is an operator's override. @throws StatusError Invalid */
function assertOwnAnnotations({ kind }: Caller, metadata: SentMetadata | undefined, name: string): void {
  if (kind === "administrator" || metadata?.annotations?.[REPLACE_ANNOTATION] === undefined) return;
  const message = `Forbidden: ${REPLACE_ANNOTATION} is for administrators to set`;
  throw invalid(CSR_RESOURCE, name, [{ reason: "FieldValueForbidden", field: "metadata.annotations", message }]);
}
