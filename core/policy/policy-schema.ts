import * as z from "zod/mini";
import { IDENTITY_MEMBERS } from "../attestation/identity-policy-document.ts";
import { faultOfCidrBlock } from "../certificate/ip-address.ts";
import { profileOf, SIGNER_NAMES } from "../certificate/profile.ts";
import { MIN_LIFETIME_SECONDS } from "../certificate/validity.ts";
import { must, mustHaveNo } from "../input/schema.ts";
import { PRINCIPAL_PATTERN } from "../token/principal.ts";
import { MAX_LIMITED_USES, MOST_TTL_SECONDS } from "../token/token-record.ts";
import { KEY_TYPES } from "../keys/key-type.ts";
import { LONGEST_LIFETIME_SECONDS, LONGEST_UNREVOCABLE_SECONDS, RULE_DEFAULTS } from "./policy.ts";

const lifetimeSeconds = z.int().check(z.gte(MIN_LIFETIME_SECONDS), z.lte(LONGEST_LIFETIME_SECONDS));
const text = z.string().check(z.minLength(1), z.maxLength(253));
const ruleSchema = z
  .strictObject({
    name: z.string().check(z.regex(/^[a-z0-9][a-z0-9.-]{0,62}$/)),
    group: text,
    signerName: z
      .string()
      .check(must((name) => SIGNER_NAMES.includes(name), `must be one of ${SIGNER_NAMES.join(", ")}`)),
    approval: z._default(z.enum(["auto", "manual"]), RULE_DEFAULTS.approval),
    ownNameOnly: z._default(z.boolean(), RULE_DEFAULTS.ownNameOnly),
    names: z._default(z.array(text).check(z.minLength(1), z.maxLength(100)), [...RULE_DEFAULTS.names]),
    organizations: z._default(
      z.array(
        z.string().check(
          z.minLength(1),
          z.maxLength(64),
          must(
            (name) => !name.startsWith("system:"),
            'must not begin with "system:": those groups are Kubernetes\' own, and some give power over a whole cluster',
          ),
          must(
            (name) => !name.startsWith("nodeseal:"),
            'must not begin with "nodeseal:": those groups are this service\'s own, and no certificate gives one',
          ),
        ),
      ),
      [],
    ),
    organizationsMode: z._default(z.enum(["all", "any"]), RULE_DEFAULTS.organizationsMode),
    dnsNames: z._default(z.array(text), []),
    ipAddresses: z._default(z.array(z.string().check(mustHaveNo(faultOfCidrBlock))), []),
    keyTypes: z._default(z.array(z.enum(KEY_TYPES)).check(z.minLength(1)), [...RULE_DEFAULTS.keyTypes]),
    defaultLifetimeSeconds: z._default(lifetimeSeconds, RULE_DEFAULTS.defaultLifetimeSeconds),
    maxLifetimeSeconds: z._default(lifetimeSeconds, RULE_DEFAULTS.maxLifetimeSeconds),
    recoverySeconds: z._default(
      z.int().check(z.gte(0), z.lte(LONGEST_LIFETIME_SECONDS)),
      RULE_DEFAULTS.recoverySeconds,
    ),
    recoveries: z._default(z.int().check(z.gte(0), z.lte(100)), RULE_DEFAULTS.recoveries),
    noRevAvail: z._default(z.boolean(), RULE_DEFAULTS.noRevAvail),
  })
  .check(
    must(
      (rule) => rule.defaultLifetimeSeconds <= rule.maxLifetimeSeconds,
      "must not have a defaultLifetimeSeconds above its maxLifetimeSeconds",
    ),
    must(
      (rule) => rule.recoveries > 0 || rule.recoverySeconds === 0,
      "must not have a recoverySeconds when its recoveries are 0: nothing would recover",
    ),
    must(
      (rule) => !rule.noRevAvail || rule.maxLifetimeSeconds <= LONGEST_UNREVOCABLE_SECONDS,
      `must not have noRevAvail with a maxLifetimeSeconds above ${LONGEST_UNREVOCABLE_SECONDS}: nobody who follows it would learn of a revocation for longer than a list takes`,
    ),
    must(
      (rule) => rule.organizations.length === 0 || profileOf(rule.signerName)?.organizations === undefined,
      "must not name organizations: its signer name fixes them",
    ),
    must(
      (rule) => rule.organizationsMode === "all" || rule.organizations.length > 0,
      'must name organizations with the organizationsMode "any": a request has to name one of them',
    ),
    must(
      (rule) =>
        rule.signerName !== "kubernetes.io/kubelet-serving" ||
        rule.approval === "manual" ||
        rule.dnsNames.length + rule.ipAddresses.length > 0,
      "must name dnsNames or ipAddresses to approve serving certificates automatically",
    ),
  );

const tokensSchema = z.strictObject({
  maxTtlSeconds: z.optional(z.int().check(z.gte(60), z.lte(MOST_TTL_SECONDS))),
  maxUses: z.optional(z.int().check(z.gte(1), z.lte(MAX_LIMITED_USES))),
  mustNameNodes: z.optional(z.boolean()),
  replaceBy: z.optional(
    z
      .array(
        z
          .string()
          .check(
            must(
              (arn) => PRINCIPAL_PATTERN.test(arn),
              "must be the ARN of an IAM role or user, which may end in *, such as arn:aws:iam::111122223333:role/pki-*",
            ),
          ),
      )
      .check(z.maxLength(100)),
  ),
});

/** As written: defaults are left out. */
export const policySchema = z
  .strictObject({
    version: text,
    protectLiveNames: z._default(z.boolean(), true),
    tokens: z.optional(tokensSchema),
    rules: z.array(ruleSchema).check(z.maxLength(200)),
    ...IDENTITY_MEMBERS,
  })
  .check(
    must(
      (policy) => new Set(policy.rules.map(({ name }) => name)).size === policy.rules.length,
      "must not have two rules of one name",
    ),
  );
