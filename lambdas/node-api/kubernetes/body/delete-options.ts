import { optionalObjectBody } from "./object-body.ts";
import { isDryRun, type KubernetesRequest } from "../protocol/request.ts";
import { metaOptions } from "../protocol/resources.ts";
import { badRequest, invalid, type FieldCause } from "../protocol/status.ts";

/** The preconditions of a deletion, and whether it is a dry run. */
export interface DeleteOptions {
  readonly uid: string | undefined;
  readonly resourceVersion: string | undefined;
  readonly isDryRun: boolean;
}

const KINDS = ["v1", "meta.k8s.io/v1", "certificates.k8s.io/v1"];
const POLICIES = ["Orphan", "Background", "Foreground"];

/**
 * The options of a DELETE, from its body (client-go) and its query. Anything unreadable is refused: an intended
 * condition or dry run must not become a real deletion.
 *
 * @throws StatusError BadRequest, Invalid
 */
export function deleteOptions(request: KubernetesRequest): DeleteOptions {
  const body = optionalObjectBody(request)?.object ?? {};
  const { kind = "DeleteOptions", apiVersion = "v1", dryRun, preconditions, propagationPolicy } = body;
  if (kind !== "DeleteOptions" || !KINDS.includes(String(apiVersion)))
    throw badRequest("the body of a deletion must be a DeleteOptions of v1");
  assertPropagation(propagationPolicy ?? request.query.get("propagationPolicy") ?? undefined);
  const { uid, resourceVersion } = preconditionsIn(preconditions);
  return { uid, resourceVersion, isDryRun: isDryRun(request.query) || isDryRunBody(dryRun) };
}

/** Objects here have no dependents, so only the form of the policy is checked. */
function assertPropagation(policy: unknown): void {
  if (policy === undefined || policy === "" || POLICIES.some((known) => known === policy)) return;
  const shown = typeof policy === "string" ? JSON.stringify(policy.slice(0, 100)) : "<no text>";
  const supported = [...POLICIES.map((known) => JSON.stringify(known)), '""'].join(", ");
  throw invalid(metaOptions("DeleteOptions"), "", [
    unsupported("propagationPolicy", `${shown}: supported values: ${supported}`),
  ]);
}

function preconditionsIn(value: unknown): { uid: string | undefined; resourceVersion: string | undefined } {
  if (value === undefined || value === null) return { uid: undefined, resourceVersion: undefined };
  if (typeof value !== "object") throw badRequest("json: cannot unmarshal into the field preconditions");
  const { uid, resourceVersion }: { uid?: unknown; resourceVersion?: unknown } = value;
  return { uid: textOrNothing(uid, "uid"), resourceVersion: textOrNothing(resourceVersion, "resourceVersion") };
}

function textOrNothing(value: unknown, name: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw badRequest(`json: cannot unmarshal into the field preconditions.${name}`);
  return value;
}

function isDryRunBody(value: unknown): boolean {
  if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) return false;
  if (Array.isArray(value) && value.every((item) => item === "All")) return true;
  throw invalid(metaOptions("DeleteOptions"), "", [unsupported("dryRun", 'the supported value is "All"')]);
}

function unsupported(field: string, why: string): FieldCause {
  return { reason: "FieldValueNotSupported", field, message: `Unsupported value: ${why}` };
}
