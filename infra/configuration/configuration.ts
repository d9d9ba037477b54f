import { parsePolicyMember } from "../../core/policy/policy-document.ts";
import { DEFAULT_POLICY, longestLifetimeSeconds, type Policy } from "../../core/policy/policy.ts";
import { RefusalError } from "../../core/refusal.ts";
import { withoutSchemaName } from "../../core/input/json-schema-name.ts";
import { checked } from "../../core/input/schema.ts";
import { configurationSchema } from "./configuration-schema.ts";
import { assertVerifiable } from "./consumer-key-specs.ts";
import { assertHierarchyMembers } from "./hierarchy.ts";
import type { DeploymentConfiguration } from "./deployment-configuration.ts";
import { externalCaSettings } from "./external-ca.ts";
import { assertRevocable } from "./roles-anywhere.ts";
import { assertRefreshedInTime } from "./validators.ts";
import { revocationListPlan } from "./revocation-lists.ts";
import { kubernetesSettings } from "./kubernetes.ts";

const DAY_SECONDS = 24 * 3600;
const WHAT = "the configuration";

/**
 * A deployment's configuration from JSON. `readPolicyFile` reads the file named by `policyFile`. `readCaFile` reads the
 * text of `kubernetes.caFile` and of the files of `authority`.
 *
 * @throws RefusalError naming the member, what was got and what is allowed
 */
export function parseConfiguration(
  document: unknown,
  readPolicyFile: (path: string) => unknown,
  readCaFile: (path: string) => string = () => "",
): DeploymentConfiguration {
  const {
    authority,
    policy: inline,
    policyFile,
    kubernetes,
    revocationLists,
    ...rest
  } = checked(configurationSchema, withoutSchemaName(document), WHAT);
  const member = policyFile === undefined ? "policy" : "policyFile";
  const policyDocument = policyFile === undefined ? inline : readPolicyFile(policyFile);
  const policy = policyDocument === undefined ? DEFAULT_POLICY : parsePolicyMember(member, policyDocument);
  assertHierarchyMembers(authority);
  const externalCa = externalCaSettings(authority, longestLifetimeSeconds(policy), readCaFile);
  assertVerifiable({ ...rest, authority, isKubernetes: kubernetes?.enabled === true }, externalCa?.roots);
  if (externalCa === undefined) assertLifetimes(policy, member, authority.issuingLifetimeDays);
  const lists = revocationListPlan(revocationLists);
  assertRefreshedInTime(rest.validators, lists);
  assertRevocable(rest.rolesAnywhere, lists !== undefined);
  return {
    ...rest,
    authority: { ...authority, externalCa },
    policy,
    kubernetes: kubernetesSettings(kubernetes, readCaFile),
    revocationLists: lists,
  };
}

function assertLifetimes({ rules }: Policy, member: string, issuingLifetimeDays: number): void {
  const limit = issuingLifetimeDays * DAY_SECONDS;
  const index = rules.findIndex(({ maxLifetimeSeconds }) => maxLifetimeSeconds > limit);
  const rule = rules[index];
  if (rule === undefined) return;
  const field = `${member}.rules[${index}].maxLifetimeSeconds`;
  throw new RefusalError(
    "malformed_request",
    `${WHAT}: "${field}" must be at most ${limit}, the lifetime of the issuing CA, got ${rule.maxLifetimeSeconds}`,
    { field },
  );
}
