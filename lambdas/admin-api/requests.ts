import * as z from "zod/mini";
import { decideRequest } from "../../core/signing-request/decide.ts";
import { faultOfApproval } from "../../core/signing-request/approval.ts";
import {
  hasCsr,
  isApprovedUnsigned,
  stateOf,
  type IssuanceRecord,
  type IssuanceState,
  type SigningObstacle,
} from "../../core/ledger/issuance-record.ts";
import { encodePem } from "../../core/asn1/pem.ts";
import { RefusalError, type RefusalCode } from "../../core/refusal.ts";
import { isRequestName } from "../../core/ledger/request-name.ts";
import { checked, must } from "../../core/input/schema.ts";
import type { Operations } from "../http/http-function.ts";
import { jsonBody, pathParameter, queryOf } from "../http/request.ts";
import { json } from "../http/response.ts";
import { rfc3339 } from "../http/rfc3339.ts";
import { parseCertificateRequest } from "../../core/csr/certificate-request.ts";
import { decide } from "../../core/policy/decision.ts";
import { requestHolder } from "./answer/stored-holder.ts";
import { administratorOf, pageRequest, type AdminServices } from "./services.ts";

export const REQUEST_STATES = [
  "Pending",
  "Approved",
  "Denied",
  "Reserved",
  "Issued",
  "Voided",
  "Revoked",
] as const satisfies readonly IssuanceState[];
const stateSchema = z.strictObject({ state: z.optional(z.enum(REQUEST_STATES)) });

export const approvalSchema = z
  .strictObject({
    decision: z.enum(["Approved", "Denied"]),
    reason: z.optional(z.string().check(z.maxLength(128))),
    message: z.optional(z.string().check(z.maxLength(512))),
    replace: z._default(z.boolean(), false),
  })
  .check(must(({ decision, replace }) => decision === "Approved" || !replace, "must not have replace beside a denial"));

type RequestServices = Pick<AdminServices, "ledger" | "tokens" | "nodes" | "policy" | "clock" | "audit">;

export function requestOperations(services: RequestServices) {
  return {
    "GET /v1/admin/requests": async (event) => {
      const { state, ...page } = queryOf(event, ["state", "limit", "cursor"]);
      const wanted = checked(stateSchema, state === undefined ? {} : { state }, "the query").state;
      const { items, cursor } = await services.ledger.listRequests(wanted, pageRequest(page));
      return json(200, { items: items.map((record) => describeRequest(record, record.obstacle)), cursor });
    },
    "GET /v1/admin/requests/{name}": async (event) => {
      const name = pathParameter(event, "name");
      const record = isRequestName(name) ? await services.ledger.read(name) : undefined;
      if (record === undefined)
        throw new RefusalError("not_found", `there is no request named ${JSON.stringify(name)}`, { field: "name" });
      const described = describeRequest(record, await obstacleNow(services, record));
      const origin = { rule: waitingRule(services, record) ?? null, token: await tokenOf(services, record) };
      return json(200, { ...described, ...origin, csr: encodePem("CERTIFICATE REQUEST", record.csr) });
    },
    "POST /v1/admin/requests/{name}/approval": async (event) => {
      const { decision, reason, message, replace } = jsonBody(event, approvalSchema);
      const by = administratorOf(event);
      const word = { outcome: decision, by, reason: reason ?? `${decision}ByAdministrator`, message: message ?? "" };
      const said = replace ? { ...word, mayReplace: true } : word;
      const record = await decideRequest(services, pathParameter(event, "name"), said);
      return json(200, describeRequest(record, await obstacleNow(services, record)));
    },
  } satisfies Operations;
}

/** The rule of the policy in force by which it waits. Undefined where it does not wait, or would not by this policy. */
function waitingRule({ policy }: RequestServices, record: IssuanceRecord): string | undefined {
  if (stateOf(record) !== "Pending" || !hasCsr(record)) return undefined;
  const { username, groups, signerName, usages, lifetimeSeconds } = record;
  // Only the networks of a token ask for an address, and nothing here is held against the token.
  const parameters = { signerName, usages, lifetimeSeconds, sourceIp: "127.0.0.1" };
  try {
    const decision = decide({ username, groups }, parseCertificateRequest(record.csr), parameters, policy);
    return decision.outcome === "pending" ? decision.grant.rule.name : undefined;
  } catch (error) {
    // A stored CSR that this version can no longer read is shown all the same.
    if (error instanceof RefusalError) return undefined;
    throw error;
  }
}

/** What was said of the token when it was made. */
async function tokenOf({ tokens }: RequestServices, { tokenId }: IssuanceRecord) {
  const token = tokenId === undefined ? undefined : await tokens.read(tokenId);
  if (token === undefined) return null;
  return { tokenId: token.tokenId, description: token.description, createdBy: token.createdBy };
}

type Obstacle = Omit<SigningObstacle, "at"> & { readonly at?: Date };

/**
 * Why an approved request would not be signed now; or was not when its owner last asked, for reasons that only its owner's
 * request shows. Undefined when nothing is known to stand in its way.
 */
async function obstacleNow(services: RequestServices, record: IssuanceRecord): Promise<Obstacle | undefined> {
  if (!isApprovedUnsigned(record)) return undefined;
  const fault = await faultOfApproval(services, record, record.decision?.mayReplace === true);
  if (fault !== undefined) return { code: fault.code, message: fault.message };
  const { obstacle } = record;
  return obstacle !== undefined && ASKED_BY_OWNER.has(obstacle.code) ? obstacle : undefined;
}

/** Refusals that come from what the owner presents: not from what was just looked at. */
const ASKED_BY_OWNER: ReadonlySet<RefusalCode> = new Set([
  "outside_token",
  "certificate_superseded",
  "certificate_unknown",
  "certificate_expired",
  "rate_limited",
  "too_large",
  "request_voided",
]);

function describeRequest(record: IssuanceRecord, obstacle: Obstacle | undefined) {
  const { name, signerName, username, groups, nodeName, usages, lifetimeSeconds, createdAt, decision, reservation } =
    record;
  const { subject, note } = requestHolder(record);
  return {
    name,
    state: stateOf(record),
    signerName,
    username,
    groups,
    nodeName,
    usages,
    expirationSeconds: lifetimeSeconds ?? null,
    createdAt: rfc3339(createdAt),
    decision:
      decision === undefined
        ? null
        : {
            outcome: decision.outcome,
            by: decision.by,
            at: rfc3339(decision.at),
            reason: decision.reason,
            message: decision.message,
            replace: decision.mayReplace === true,
          },
    subject,
    serialNumber: reservation?.serialNumber ?? null,
    /** Of an approved request: why it is not signed. */
    obstacle:
      obstacle === undefined || !isApprovedUnsigned(record)
        ? null
        : {
            code: obstacle.code,
            message: obstacle.message,
            at: obstacle.at === undefined ? null : rfc3339(obstacle.at),
          },
    ...(note === undefined ? {} : { note }),
  };
}
