import { isFindableByOwner, isInSight } from "../../../../core/signing-request/create.ts";
import { continueRequest } from "../../../../core/issuance/fetch-certificate.ts";
import { isApprovedUnsigned, type IssuanceRecord } from "../../../../core/ledger/issuance-record.ts";
import { isAdministrators, isRequester } from "../../../../core/signing-request/requester.ts";
import { RefusalError } from "../../../../core/refusal.ts";
import { isRequestName } from "../../../../core/ledger/request-name.ts";
import type { Caller } from "./caller.ts";
import type { KubernetesRequest } from "../protocol/request.ts";
import type { AdministrationServices, KubernetesServices } from "../protocol/services.ts";

/** Kubernetes lets any bootstrap token read every request; here a requester sees its own and administrators see all. */
export function mayRead({ kind, identity }: Caller, record: IssuanceRecord): boolean {
  return kind === "administrator" || isOwner({ identity }, record);
}

export function isOwner({ identity }: Pick<Caller, "identity">, record: IssuanceRecord): boolean {
  return isRequester(identity, record);
}

/** Whether this caller has a record in its lists now. */
export function isVisible(services: KubernetesServices, caller: Caller, now: Date) {
  return (record: IssuanceRecord): boolean => mayRead(caller, record) && isInSight(services, record, now);
}

/** The object of this name as this caller sees it now; undefined when it does not. */
export async function readVisible(
  services: AdministrationServices,
  caller: Caller,
  objectName: string,
): Promise<IssuanceRecord | undefined> {
  const record = await readCurrent(services, objectName);
  if (record === undefined || !mayRead(caller, record)) return undefined;
  const now = services.clock();
  const isThere = isInSight(services, record, now) || (isOwner(caller, record) && isFindableByOwner(record, now));
  return isThere ? record : undefined;
}

/** What the name stands for now: the record itself, or the one that has its name since. */
export async function readCurrent(
  { ledger }: AdministrationServices,
  objectName: string,
): Promise<IssuanceRecord | undefined> {
  if (!isRequestName(objectName) || objectName.includes("~")) return undefined;
  const first = await ledger.read(objectName);
  return first?.successor === undefined ? first : ledger.read(first.successor);
}

/** Whether all that its owner can wait for has happened. */
export function isSettled({ decision, completion, voidedAt, revocation, removedAt }: IssuanceRecord): boolean {
  const ends = [completion, voidedAt, revocation, removedAt];
  return decision?.outcome === "Denied" || ends.some((end) => end !== undefined);
}

/**
 * Signs what is approved, when its owner looks: whoever approved cannot sign. What an administrator asked for is signed
 * at any administrator's look. What cannot be signed now stays as it is, to be tried again at the next look, and says why.
 */
export async function finishOwn(
  services: KubernetesServices,
  caller: Caller,
  record: IssuanceRecord,
  { sourceIp, arrivedAt }: Pick<KubernetesRequest, "sourceIp" | "arrivedAt">,
): Promise<IssuanceRecord> {
  const requester = isApprovedUnsigned(record) ? requesterFor(caller, record) : undefined;
  if (requester === undefined) return record;
  try {
    const directory = await services.issuers();
    return (await continueRequest(services, { ...requester, record, directory, sourceIp, arrivedAt })).record;
  } catch (error) {
    if (error instanceof RefusalError) services.audit({ event: "request_refused", refusalCode: error.code });
    else services.failed(error);
    return (await services.ledger.read(record.name)) ?? record;
  }
}

/** As whom this caller may go on with a request; undefined when it may not. */
function requesterFor(caller: Caller, record: IssuanceRecord): Pick<Caller, "identity" | "token"> | undefined {
  const { username, groups } = record;
  if (caller.kind === "administrator" && isAdministrators(record))
    return { identity: { username, groups }, token: undefined };
  return isOwner(caller, record) ? caller : undefined;
}
