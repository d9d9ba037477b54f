import { REPLACE_ANNOTATION } from "../../../../core/signing-request/approval.ts";
import { decideRequest } from "../../../../core/signing-request/decide.ts";
import { isApprovedUnsigned, type IssuanceRecord } from "../../../../core/ledger/issuance-record.ts";
import { RefusalError } from "../../../../core/refusal.ts";
import { conditionsOf, type RequestCondition } from "../../../../core/signing-request/conditions.ts";
import { object, type Answer } from "../protocol/answer.ts";
import type { Caller } from "../caller/caller.ts";
import type { SentCondition } from "../body/object-schema.ts";
import { rendering } from "../read/read-requests.ts";
import { statusOfRefusal } from "../protocol/refusal-status.ts";
import { isDryRun, type KubernetesRequest } from "../protocol/request.ts";
import { requestObject } from "../read/request-object.ts";
import { CSR_RESOURCE } from "../protocol/resources.ts";
import type { AdministrationServices, DecisionServices } from "../protocol/services.ts";
import { conflict, forbiddenBecause, invalid, invalidValue, type FieldCause } from "../protocol/status.ts";
import { readUpdate } from "./update.ts";

/**
 * PUT and PATCH of `approval`: an administrator approves or denies. Only a new Approved or Denied condition has an
 * effect, and a decision never changes (K3.5). An approved request is signed when its owner next asks: this function
 * cannot sign. What could not be signed is not approved, but refused with the reason.
 *
 * @throws StatusError
 */
export async function updateApproval(
  services: DecisionServices,
  caller: Caller,
  request: KubernetesRequest,
  name: string,
): Promise<Answer> {
  const { sent, record, warnings } = await readUpdate(services, caller, request, name, "approval");
  const stored = conditionsOf(record, services.policy);
  const added =
    addedCondition(sent.status?.conditions ?? [], stored, name) ?? laterOverride(sent.status?.conditions ?? [], record);
  const render = await rendering(services);
  if (added === undefined || isDryRun(request.query)) return object(200, requestObject(record, render), warnings);
  const decided = await decideAs(services, caller, record, added, name);
  return object(200, requestObject(decided, render), warnings);
}

/** PUT and PATCH of `status`: this service is the only signer, so nobody else may change it (K3.6). */
export async function updateStatus(
  services: AdministrationServices,
  caller: Caller,
  request: KubernetesRequest,
  name: string,
): Promise<Answer> {
  const { sent, record, warnings } = await readUpdate(services, caller, request, name, "status");
  const current = requestObject(record, await rendering(services));
  const stored = conditionsOf(record, services.policy);
  const isSame =
    (sent.status?.certificate ?? "") === (current.status.certificate ?? "") &&
    addedTypes(sent.status?.conditions ?? [], stored).length === 0;
  if (!isSame)
    throw forbiddenBecause(
      CSR_RESOURCE,
      name,
      `user not permitted to sign requests with signerName ${JSON.stringify(record.signerName)}`,
    );
  return object(200, current, warnings);
}

interface AddedDecision {
  readonly outcome: "Approved" | "Denied";
  readonly reason: string;
  readonly message: string;
}

/** The decision in an update. Undefined when it has none. @throws StatusError Invalid */
function addedCondition(
  sent: readonly SentCondition[],
  stored: readonly RequestCondition[],
  name: string,
): AddedDecision | undefined {
  const causes = faultsOfConditions(sent, stored);
  if (causes.length > 0) throw invalid(CSR_RESOURCE, name, causes);
  const added = sent.find(({ type }) => addedTypes(sent, stored).includes(type ?? ""));
  if (added === undefined) return undefined;
  return {
    outcome: added.type === "Denied" ? "Denied" : "Approved",
    reason: added.reason ?? "",
    message: added.message ?? "",
  };
}

/** An approval that is said again (`kubectl certificate approve --force`) with the override it lacked. */
function laterOverride(sent: readonly SentCondition[], record: IssuanceRecord): AddedDecision | undefined {
  const said = sent.find(({ type }) => type === "Approved");
  if (said === undefined || !isApprovedUnsigned(record) || !isOverride(record)) return undefined;
  return record.decision?.mayReplace === true
    ? undefined
    : { outcome: "Approved", reason: said.reason ?? "", message: said.message ?? "" };
}

/** As it is stored: only an administrator writes it. */
function isOverride({ metadata }: IssuanceRecord): boolean {
  return metadata?.annotations[REPLACE_ANNOTATION] === "true";
}

function addedTypes(sent: readonly SentCondition[], stored: readonly RequestCondition[]): readonly string[] {
  return sent.map(({ type }) => type ?? "").filter((type) => !stored.some((condition) => condition.type === type));
}

const MAX_REASON_CHARACTERS = 128;
const MAX_MESSAGE_CHARACTERS = 512;

function faultsOfConditions(
  sent: readonly SentCondition[],
  stored: readonly RequestCondition[],
): readonly FieldCause[] {
  const field = "status.conditions";
  const types = sent.map(({ type }) => type ?? "");
  const removed = stored.filter(({ type }) => !types.includes(type));
  const faults = removed.map(({ type }): FieldCause => ({
    reason: "FieldValueForbidden",
    field,
    message: `Forbidden: updates may not remove a condition of type ${JSON.stringify(type)}`,
  }));
  if (types.includes("Approved") && types.includes("Denied"))
    faults.push(invalidValue(field, '"Denied"', "Approved and Denied conditions are mutually exclusive"));
  return [
    ...faults,
    ...sent.flatMap((condition, index) => faultsOfCondition(condition, `${field}[${index}]`, types, index)),
    ...faultsOfFailure(sent, stored),
  ];
}

/** Only the signer may add a Failed condition. */
function faultsOfFailure(sent: readonly SentCondition[], stored: readonly RequestCondition[]): readonly FieldCause[] {
  const isNew = addedTypes(sent, stored).includes("Failed");
  const message = 'Forbidden: a condition of type "Failed" may not be added by approval';
  return isNew ? [{ reason: "FieldValueForbidden", field: "status.conditions", message }] : [];
}

function faultsOfCondition(
  { type, status, reason, message }: SentCondition,
  field: string,
  types: readonly string[],
  index: number,
): readonly FieldCause[] {
  const shown = JSON.stringify((type ?? "").slice(0, 100));
  if (!type) return [{ reason: "FieldValueRequired", field: `${field}.type`, message: "Required value" }];
  if (types.indexOf(type) !== index)
    return [{ reason: "FieldValueDuplicate", field: `${field}.type`, message: `Duplicate value: ${shown}` }];
  if (type !== "Approved" && type !== "Denied" && type !== "Failed") {
    const text = `Unsupported value: ${shown}: supported values: "Approved", "Denied"`;
    return [{ reason: "FieldValueNotSupported", field: `${field}.type`, message: text }];
  }
  if (!status) return [{ reason: "FieldValueRequired", field: `${field}.status`, message: "Required value" }];
  if (status !== "True") {
    const text = `Unsupported value: ${JSON.stringify(status.slice(0, 100))}: supported values: "True"`;
    return [{ reason: "FieldValueNotSupported", field: `${field}.status`, message: text }];
  }
  const long = (member: string, limit: number): FieldCause => ({
    reason: "FieldValueTooLong",
    field: `${field}.${member}`,
    message: `Too long: may not be more than ${limit} characters`,
  });
  return [
    ...((reason ?? "").length > MAX_REASON_CHARACTERS ? [long("reason", MAX_REASON_CHARACTERS)] : []),
    ...((message ?? "").length > MAX_MESSAGE_CHARACTERS ? [long("message", MAX_MESSAGE_CHARACTERS)] : []),
  ];
}

/** Another decision may have been made since it was read. kubectl then reads again (K9.2). */
async function decideAs(
  services: DecisionServices,
  { identity }: Caller,
  record: IssuanceRecord,
  { outcome, reason, message }: AddedDecision,
  name: string,
): Promise<IssuanceRecord> {
  try {
    const word = { outcome, by: identity.username, reason: reason || `${outcome}ByAdministrator`, message };
    const mayReplace = outcome === "Approved" && isOverride(record);
    return await decideRequest(
      { ...services, nodes: services.holders },
      record.name,
      mayReplace ? { ...word, mayReplace } : word,
    );
  } catch (error) {
    if (!(error instanceof RefusalError)) throw error;
    if (error.code === "already_decided") throw conflict(CSR_RESOURCE, name);
    throw statusOfRefusal(error, name || record.signerName);
  }
}
