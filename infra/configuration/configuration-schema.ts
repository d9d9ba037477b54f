import * as z from "zod/mini";
import { AUTHORITY_HIERARCHIES, MOST_CA_LIFETIME_SECONDS, MOST_GENERATIONS } from "../../core/authority/plan.ts";
import { must } from "../../core/input/schema.ts";
import { AUTHORITY_KEY_SPECS } from "../../core/keys/key-type.ts";
import { areDistinct, domainSection, edgeSection } from "./domain.ts";
import { externalCaMembers } from "./external-ca.ts";
import { kubernetesSection } from "./kubernetes.ts";
import { revocationListSection } from "./revocation-lists.ts";
import { rolesAnywhereSection } from "./roles-anywhere.ts";
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
import { validatorSection } from "./validators.ts";

const DAY_SECONDS = 24 * 3600;

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
    forcedRetirementTakesTwo: z._default(z.boolean(), AUTHORITY_DEFAULTS.forcedRetirementTakesTwo),
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

/** As written: defaults are left out. */
export const configurationSchema = z
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
