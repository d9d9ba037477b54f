import type { KubernetesRequest } from "../protocol/request.ts";
import { metaOptions } from "../protocol/resources.ts";
import { invalid, type FieldCause } from "../protocol/status.ts";

const KINDS: Readonly<Record<string, string>> = {
  POST: "CreateOptions",
  PUT: "UpdateOptions",
  PATCH: "PatchOptions",
  DELETE: "DeleteOptions",
};

export const APPLY_TYPE = "application/apply-patch+yaml";
const MAX_MANAGER_CHARACTERS = 128;

/**
 * Checks the query of a write by kube-apiserver's rules (apimachinery's `ValidateCreateOptions` and its siblings): a
 * misspelt dry run must not become a real write.
 *
 * @throws StatusError Invalid
 */
export function assertWriteOptions({ method, query, event }: KubernetesRequest): void {
  const kind = Object.hasOwn(KINDS, method) ? KINDS[method] : undefined;
  if (kind === undefined) return;
  const causes = [...faultsOfDryRun(query), ...(method === "DELETE" ? [] : faultsOfFields(query))];
  if (method === "PATCH") causes.push(...faultsOfPatch(query, event.headers["content-type"] ?? ""));
  if (causes.length > 0) throw invalid(metaOptions(kind), "", causes);
}

function faultsOfDryRun(query: URLSearchParams): readonly FieldCause[] {
  const foreign = query.getAll("dryRun").filter((value) => value !== "All");
  return foreign.slice(0, 1).map((value) => unsupported("dryRun", value, ["All"]));
}

function faultsOfFields(query: URLSearchParams): readonly FieldCause[] {
  const validation = query.get("fieldValidation") ?? "";
  const manager = query.get("fieldManager") ?? "";
  return [
    ...(["", "Ignore", "Warn", "Strict"].includes(validation)
      ? []
      : [unsupported("fieldValidation", validation, ["", "Ignore", "Strict", "Warn"])]),
    ...(manager.length <= MAX_MANAGER_CHARACTERS
      ? []
      : [fault("FieldValueTooLong", "fieldManager", `Too long: may not be more than ${MAX_MANAGER_CHARACTERS} bytes`)]),
    ...(/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]*$/u.test(manager)
      ? []
      : [fault("FieldValueInvalid", "fieldManager", 'Invalid value: "fieldManager": should be printable characters')]),
  ];
}

/** Only server-side apply has a field manager to name, or to override. */
function faultsOfPatch(query: URLSearchParams, contentType: string): readonly FieldCause[] {
  const isApply = contentType.split(";", 1)[0]?.trim().toLowerCase() === APPLY_TYPE;
  if (isApply && (query.get("fieldManager") ?? "") === "")
    return [fault("FieldValueRequired", "fieldManager", "Required value: is required for apply patch")];
  if (!isApply && query.has("force"))
    return [fault("FieldValueForbidden", "force", "Forbidden: may not be specified for non-apply patch")];
  return [];
}

function unsupported(field: string, value: string, supported: readonly string[]): FieldCause {
  const list = supported.map((one) => JSON.stringify(one)).join(", ");
  const shown = JSON.stringify(value.slice(0, 100));
  return fault("FieldValueNotSupported", field, `Unsupported value: ${shown}: supported values: ${list}`);
}

function fault(reason: FieldCause["reason"], field: string, message: string): FieldCause {
  return { reason, field, message };
}
