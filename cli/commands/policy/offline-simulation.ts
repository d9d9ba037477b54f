import type { JsonObject } from "../../../core/input/json-object.ts";
import { RefusalError } from "../../../core/refusal.ts";
import { simulate } from "../../../core/policy/simulation.ts";
import { parseSimulationRequest } from "../../../core/policy/simulation-request.ts";
import { OperatorError } from "../../program/operator-error.ts";
import { readPolicyFile } from "./policy-file.ts";

/** What the service would answer if it had this policy. @throws OperatorError */
export function simulateOffline(request: JsonObject, policyFile: string, now: Date): JsonObject {
  const policy = readPolicyFile(policyFile);
  try {
    return { ...simulate(parseSimulationRequest(request, "the request"), policy, now) };
  } catch (cause) {
    if (cause instanceof RefusalError) throw new OperatorError(cause.message, { cause });
    throw cause;
  }
}
