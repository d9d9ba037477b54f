import * as z from "zod/mini";
import { AUTHORITY_HIERARCHIES, MOST_CA_LIFETIME_SECONDS, MOST_GENERATIONS } from "../../core/authority/plan.ts";
import { AUTHORITY_KEY_SPECS } from "../../core/keys/key-type.ts";
import { parsePolicyMember } from "../../core/policy/policy-document.ts";
import { DEFAULT_POLICY, longestLifetimeSeconds, type Policy } from "../../core/policy/policy.ts";
import { RefusalError } from "../../core/refusal.ts";
import { checked, must } from "../../core/input/schema.ts";
import { assertVerifiable } from "./consumer-key-specs.ts";
import { areDistinct, domainSection, edgeSection } from "./domain.ts";
import { assertHierarchyMembers } from "./hierarchy.ts";
import type { DeploymentConfiguration } from "./deployment-configuration.ts";
import { externalCaMembers, externalCaSettings } from "./external-ca.ts";
import { assertRevocable, rolesAnywhereSection } from "./roles-anywhere.ts";
import { assertRefreshedInTime, validatorSection } from "./validators.ts";
import { revocationListPlan, revocationListSection } from "./revocation-lists.ts";
import { kubernetesSection, kubernetesSettings } from "./kubernetes.ts";
import {
  ADMIN_API_DEFAULTS,
  AUTHORITY_DEFAULTS,
  EVENTS_DEFAULTS,
  LOG_RETENTION_DAYS,
  NODE_API_DEFAULTS,
  RETENTION_DEFAULTS,
  REVOCATION_LIST_DEFAULTS,
  type FunctionSettings,
} from "./service-defaults.ts";

const DAY_SECONDS = 24 * 3600;
const WHAT = "the configuration";

/** Role names end in `-authority-<region>` and have at most 64 characters. */
const clusterName = z
  .string()
  .check(must((name) => /^[a-z][a-z0-9-]{0,31}$/.test(name), 'must match "^[a-z][a-z0-9-]{0,31}$"'));

const keySpec = z.enum(AUTHORITY_KEY_SPECS);

const lifetimeDays = z.int().check(z.gte(1), z.lte(MOST_CA_LIFETIME_SECONDS / DAY_SECONDS));

const reservedConcurrency = z.nullable(z.int().check(z.gte(0), z.lte(1000)));

const generations = z.int().check(z.gte(1), z.lte(MOST_GENERATIONS));

const authority = z
  .strictObject({
    hierarchy: z._default(z.enum(AUTHORITY_HIERARCHIES), AUTHORITY_DEFAULTS.hierarchy),
    ...externalCaMembers,
    keySpec: z._default(keySpec, AUTHORITY_DEFAULTS.keySpec),
    rootLifetimeDays: z._default(lifetimeDays, AUTHORITY_DEFAULTS.rootLifetimeDays),
    issuingLifetimeDays: z._default(lifetimeDays, AUTHORITY_DEFAULTS.issuingLifetimeDays),
    rootGenerations: z._default(generations, AUTHORITY_DEFAULTS.rootGenerations),
    issuingGenerations: z._default(generations, AUTHORITY_DEFAULTS.issuingGenerations),
    reservedConcurrency: z._default(reservedConcurrency, AUTHORITY_DEFAULTS.reservedConcurrency),
  })
  .check(
    must(
      ({ hierarchy, issuingLifetimeDays, rootLifetimeDays }) =>
        hierarchy === "single" || issuingLifetimeDays <= rootLifetimeDays,
      "must not have an issuingLifetimeDays above its rootLifetimeDays: no certificate outlives its issuer",
    ),
  );

function functionSettings(defaults: FunctionSettings) {
  return z._default(
    z.strictObject({
      memoryMegabytes: z._default(z.int().check(z.gte(256), z.lte(10_240)), defaults.memoryMegabytes),
      reservedConcurrency: z._default(reservedConcurrency, defaults.reservedConcurrency),
    }),
    { ...defaults },
  );
}

const busName = z.string().check(
  must(
    // EventBridge's own rule. An ARN would be a bus of another account or Region, which needs a policy of its own.
    (name) => /^[.\w-]{1,256}$/.test(name),
    "must be the name of an event bus of this account and Region, no ARN",
  ),
);

const events = z._default(
  z.strictObject({
    busName: z._default(z.nullable(busName), EVENTS_DEFAULTS.busName),
    reservedConcurrency: z._default(reservedConcurrency, EVENTS_DEFAULTS.reservedConcurrency),
  }),
  { ...EVENTS_DEFAULTS },
);

const arnOf = (service: string, pattern: RegExp) =>
  z.string().check(must((arn) => pattern.test(arn), `must be the ARN of an ${service}`));

const configurationSchema = z
  .strictObject({
    clusterName: z._default(clusterName, "nodeseal"),
    authority: z._default(authority, { ...AUTHORITY_DEFAULTS }),
    policy: z.optional(z.unknown()),
    policyFile: z.optional(z.string().check(z.minLength(1))),
    domains: z._default(z.strictObject({ api: z.optional(domainSection), mutualTls: z.optional(domainSection) }), {}),
    edge: z.optional(edgeSection),
    retention: z._default(
      z.strictObject({
        logDays: z._default(z.literal(LOG_RETENTION_DAYS), RETENTION_DEFAULTS.logDays),
        pointInTimeRecoveryDays: z._default(
          z.int().check(z.gte(1), z.lte(35)),
          RETENTION_DEFAULTS.pointInTimeRecoveryDays,
        ),
      }),
      { ...RETENTION_DEFAULTS },
    ),
    alarms: z._default(
      z.strictObject({
        topicArn: z.optional(arnOf("SNS topic", /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/)),
        email: z.optional(
          z.string().check(must((text) => /^[^\s@]+@[^\s@]+$/.test(text), "must be an e-mail address")),
        ),
        dashboard: z._default(z.boolean(), true),
        overdueNodes: z._default(z.nullable(z.int().check(z.gte(1))), 1),
      }),
      { dashboard: true, overdueNodes: 1 },
    ),
    keyAdministratorArns: z._default(
      z.array(arnOf("IAM role or user", /^arn:aws[a-z-]*:iam::\d{12}:(?:role|user)\/[\w+=,.@/-]+$/)),
      [],
    ),
    events,
    kubernetes: z.optional(kubernetesSection),
    revocationLists: z._default(revocationListSection, { ...REVOCATION_LIST_DEFAULTS }),
    validators: validatorSection,
    rolesAnywhere: rolesAnywhereSection,
    nodeApi: functionSettings(NODE_API_DEFAULTS),
    adminApi: functionSettings(ADMIN_API_DEFAULTS),
    tracing: z._default(z.boolean(), false),
  })
  .check(
    must(
      (all) => all.policy === undefined || all.policyFile === undefined,
      "must not have both a policy and a policyFile",
    ),
    must(
      ({ alarms }) => alarms.topicArn === undefined || alarms.email === undefined,
      "must not have both alarms.topicArn and alarms.email: subscribe to your own topic yourself",
    ),
    must(
      ({ domains }) => areDistinct([domains.api?.name, domains.mutualTls?.name]),
      "must have two names in domains: a mutual TLS domain lets nobody in without a certificate",
    ),
    must(
      ({ domains, edge }) => edge === undefined || ![domains.api?.name, domains.mutualTls?.name].includes(edge.name),
      "must have a name in edge that is not in domains: it is a domain of the API already",
    ),
  );

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
  } = checked(configurationSchema, document, WHAT);
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
