import { faultOfGroups, faultOfIdentities, type IdentityPolicyFault } from "../attestation/identity-policy-faults.ts";
import type { Policy } from "./policy.ts";
import { assertMatchable } from "./matchable.ts";
import { policySchema } from "./policy-schema.ts";
import { RefusalError } from "../refusal.ts";
import { withoutSchemaName } from "../input/json-schema-name.ts";
import { checked } from "../input/schema.ts";

/**
 * A policy from JSON, with defaults filled in. Default deny: an empty list of rules issues nothing. What can never match
 * is accepted: a deployment of a policy that an earlier release took goes on.
 *
 * @throws RefusalError `malformed_request` naming the member
 */
export function parsePolicy(document: unknown): Policy {
  const policy = checked(policySchema, withoutSchemaName(document), "the policy");
  refuseFault(faultOfIdentities(policy));
  return policy;
}

function refuseFault(fault: IdentityPolicyFault | undefined): void {
  if (fault === undefined) return;
  const { field, message } = fault;
  throw new RefusalError("malformed_request", `the policy: "${field}" ${message}`, { field });
}

/**
 * The same for a policy that is checked or deployed: what can never match is refused too.
 *
 * @throws RefusalError `malformed_request` naming the member
 */
export function parseNewPolicy(document: unknown): Policy {
  const policy = parsePolicy(document);
  assertMatchable(policy);
  refuseFault(faultOfGroups(policy, (wanted) => policy.rules.some(({ group }) => group === wanted)));
  return policy;
}

/**
 * The policy of a configuration: inline (`policy`) or in a file (`policyFile`).
 *
 * @throws RefusalError `malformed_request` with the member's path within the configuration
 */
export function parsePolicyMember(member: "policy" | "policyFile", document: unknown): Policy {
  try {
    return parseNewPolicy(document);
  } catch (cause) {
    if (!(cause instanceof RefusalError)) throw cause;
    const field = cause.field === undefined ? member : `${member}.${cause.field}`;
    throw new RefusalError("malformed_request", `the configuration: "${field}" is refused: ${cause.message}`, {
      field,
      cause,
    });
  }
}
