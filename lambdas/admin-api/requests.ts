import * as z from "zod/mini";
import { decideRequest } from "../../core/signing-request/decide.ts";
import { stateOf, type IssuanceRecord, type IssuanceState } from "../../core/ledger/issuance-record.ts";
import { encodePem } from "../../core/asn1/pem.ts";
import { RefusalError } from "../../core/refusal.ts";
import { isRequestName } from "../../core/ledger/request-name.ts";
import { checked } from "../../core/input/schema.ts";
import type { Operations } from "../http/http-function.ts";
import { jsonBody, pathParameter, queryOf } from "../http/request.ts";
import { json } from "../http/response.ts";
import { rfc3339 } from "../http/rfc3339.ts";
import { requestHolder } from "./stored-holder.ts";
import { administratorOf, pageRequest, type AdminServices } from "./services.ts";

const STATES = [
  "Pending",
  "Approved",
  "Denied",
  "Reserved",
  "Issued",
  "Voided",
  "Revoked",
] as const satisfies readonly IssuanceState[];
const stateSchema = z.strictObject({ state: z.optional(z.enum(STATES)) });

const approvalSchema = z.strictObject({
  decision: z.enum(["Approved", "Denied"]),
  reason: z.optional(z.string().check(z.maxLength(128))),
  message: z.optional(z.string().check(z.maxLength(512))),
});

export function requestOperations(services: Pick<AdminServices, "ledger" | "tokens" | "clock" | "audit">) {
  return {
    "GET /v1/admin/requests": async (event) => {
      const { state, ...page } = queryOf(event, ["state", "limit", "cursor"]);
      const wanted = checked(stateSchema, state === undefined ? {} : { state }, "the query").state;
      const { items, cursor } = await services.ledger.listRequests(wanted, pageRequest(page));
      return json(200, { items: items.map(describeRequest), cursor });
    },
    "GET /v1/admin/requests/{name}": async (event) => {
      const name = pathParameter(event, "name");
      const record = isRequestName(name) ? await services.ledger.read(name) : undefined;
      if (record === undefined)
        throw new RefusalError("not_found", `there is no request named ${JSON.stringify(name)}`, { field: "name" });
      return json(200, { ...describeRequest(record), csr: encodePem("CERTIFICATE REQUEST", record.csr) });
    },
    "POST /v1/admin/requests/{name}/approval": async (event) => {
      const { decision, reason, message } = jsonBody(event, approvalSchema);
      const by = administratorOf(event);
      const word = { outcome: decision, by, reason: reason ?? `${decision}ByAdministrator`, message: message ?? "" };
      return json(200, describeRequest(await decideRequest(services, pathParameter(event, "name"), word)));
    },
  } satisfies Operations;
}

function describeRequest(record: IssuanceRecord) {
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
          },
    subject,
    serialNumber: reservation?.serialNumber ?? null,
    ...(note === undefined ? {} : { note }),
  };
}
