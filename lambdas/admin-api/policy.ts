import * as z from "zod/mini";
import { RefusalError } from "../../core/refusal.ts";
import { parseSimulationRequest } from "../../core/policy/simulation-request.ts";
import { simulate } from "../../core/policy/simulation.ts";
import type { Operations } from "../http/http-function.ts";
import { jsonBody } from "../http/request.ts";
import { json } from "../http/response.ts";
import type { AdminServices } from "./services.ts";

/** The policy in force, and what it would say to a request. A token is read; nothing is written. */
export function policyOperations({ policy, tokens, clock }: Pick<AdminServices, "policy" | "tokens" | "clock">) {
  return {
    "GET /v1/admin/policy": () => Promise.resolve(json(200, policy)),
    "POST /v1/admin/policy/simulation": async (event) => {
      const request = parseSimulationRequest(jsonBody(event, z.unknown()), "the body");
      const { tokenId } = request.identity;
      const token = tokenId === undefined ? undefined : await tokens.read(tokenId);
      if (tokenId !== undefined && token === undefined)
        throw new RefusalError("not_found", "there is no token with this id", { field: "identity.tokenId" });
      return json(200, simulate(request, policy, clock(), token));
    },
  } satisfies Operations;
}
