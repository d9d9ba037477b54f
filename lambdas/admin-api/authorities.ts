import type { APIGatewayProxyEventV2 } from "aws-lambda";
import * as z from "zod/mini";
import {
  requestAuthorityChange,
  withdrawChangeRequest,
  type Question,
} from "../../core/authority/reconciliation/request-change.ts";
import { readRequests } from "../../core/authority/external/ca-signing-request.ts";
import { RefusalError } from "../../core/refusal.ts";
import type { Operations } from "../http/http-function.ts";
import { jsonBody, pathParameter } from "../http/request.ts";
import { empty, json } from "../http/response.ts";
import { authoritiesAnswer, describeChangeRequest } from "./answer/authority.ts";
import { administratorOf, type AdminServices } from "./services.ts";

export const preparationSchema = z.strictObject({ role: z._default(z.enum(["root", "issuing"]), "issuing") });
export const stepSchema = z.strictObject({ force: z._default(z.boolean(), false) });

/** This function asks; the authority function, which alone writes the trust bundle, decides on its next reconciliation: hence 202. */
export function authorityOperations(services: AdminServices) {
  const ask = async (event: APIGatewayProxyEventV2, question: Question) => {
    const { changeRequest, progress } = await requestAuthorityChange(services, question, administratorOf(event));
    return json(202, describeChangeRequest(changeRequest, progress));
  };
  const step = (act: "activate" | "retire") => (event: APIGatewayProxyEventV2) => {
    const { force } = optionalBody(event, stepSchema);
    return ask(event, { act, authorityId: pathParameter(event, "id"), isForced: force });
  };
  const withdraw = async (event: APIGatewayProxyEventV2) => {
    await withdrawChangeRequest(services, changeRequestNumber(event));
    return empty(204);
  };
  return {
    "GET /v1/admin/authorities": async () => {
      const [bundle, book, progress, requests] = await Promise.all([
        services.authorities.read(),
        services.changeRequests.readChangeRequests(),
        services.changeRequests.readProgress(),
        readRequests(services.authorityRequests),
      ]);
      return json(200, authoritiesAnswer(bundle, book, progress, requests));
    },
    "POST /v1/admin/authorities": async (event) =>
      ask(event, { act: "prepare", role: optionalBody(event, preparationSchema).role }),
    "POST /v1/admin/authorities/{id}/activate": async (event) => step("activate")(event),
    "POST /v1/admin/authorities/{id}/retire": async (event) => step("retire")(event),
    "DELETE /v1/admin/authorities/change-requests/{number}": withdraw,
    "DELETE /v1/admin/authorities/wishes/{number}": withdraw,
  } satisfies Operations;
}

function optionalBody<T>(event: APIGatewayProxyEventV2, schema: z.ZodMiniType<T>): T {
  const isAbsent = event.body === undefined || event.body === "";
  const headers = isAbsent ? { ...event.headers, "content-type": "application/json" } : event.headers;
  return jsonBody({ ...event, headers, ...(isAbsent ? { body: "{}", isBase64Encoded: false } : {}) }, schema);
}

function changeRequestNumber(event: APIGatewayProxyEventV2): number {
  const text = pathParameter(event, "number");
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new RefusalError("not_found", "there is no such change request", { field: "number" });
  return Number(text);
}
