import * as z from "zod/mini";
import { must, mustHaveNo } from "../input/schema.ts";
import { normalHttpsUrl } from "../input/https-url.ts";
import { isAwsIssuer } from "./aws-claims.ts";
import { IDENTITY_DEFAULTS, TOKEN_ALGORITHMS } from "./identity-provider.ts";

/** The members of a policy that say whose identity tokens are believed, and for what. */

const name = z.string().check(z.regex(/^[a-z0-9][a-z0-9.-]{0,62}$/));
const text = z.string().check(z.minLength(1), z.maxLength(512));
const audience = text.check(
  must((value) => /^[\x21-\x7e]+$/.test(value), "must be printable ASCII without spaces"),
  must((value) => !value.includes("/csr-sha256/"), 'must not hold "/csr-sha256/", which stands before a CSR\'s hash'),
);
const maxTokenAgeSeconds = z._default(z.int().check(z.gte(60), z.lte(24 * 3600)), IDENTITY_DEFAULTS.maxTokenAgeSeconds);

/** Tokens are fetched from nowhere but hosts with a name: an address of the function's own network is none. */
function faultOfUrl(value: string): string | undefined {
  const normal = normalHttpsUrl(value);
  if (normal === undefined) return "must be an https URL without user, query and fragment";
  if (normal !== value.replace(/\/$/, "")) return `must be written as ${normal}`;
  if (/^https:\/\/(\[|[\d.]+(:\d+)?(\/|$))/.test(normal)) return "must name its host, not an IP address";
  return /^https:\/\/[a-z0-9.-]+(:\d+)?(\/|$)/.test(normal)
    ? undefined
    : "must name one host, in letters, digits, dots and hyphens";
}

const PRIVATE_MEMBERS = ["d", "p", "q", "k"];
const jwks = z.strictObject({
  keys: z
    .array(
      z.record(z.string(), z.unknown()).check(
        must((key) => typeof key["kty"] === "string", 'must have "kty", as RFC 7517 says'),
        must(
          (key) => !PRIVATE_MEMBERS.some((member) => Object.hasOwn(key, member)),
          "must be a public key: it holds a secret part, which must be replaced now",
        ),
      ),
    )
    .check(z.minLength(1), z.maxLength(20)),
});

const oidc = z
  .strictObject({
    kind: z.literal("oidc"),
    name,
    issuer: text.check(mustHaveNo(faultOfUrl)),
    audience,
    algorithms: z._default(z.array(z.enum(TOKEN_ALGORITHMS)).check(z.minLength(1)), [...IDENTITY_DEFAULTS.algorithms]),
    jwksUri: z.optional(text.check(mustHaveNo(faultOfUrl))),
    jwks: z.optional(jwks),
    csrHashClaim: z.optional(text),
    maxTokenAgeSeconds,
  })
  .check(
    must(
      (provider) => provider.jwks === undefined || provider.jwksUri === undefined,
      "must not have jwks and jwksUri: its keys are in one place",
    ),
    must(
      ({ issuer }) => !isAwsIssuer(issuer),
      'must be of the kind "aws": the claims of such an issuer are those of AWS',
    ),
  );

const awsIssuer = text.check(
  must(isAwsIssuer, "must be as AWS shows it: https://<id>.tokens.sts.global.api.aws, and nothing behind it"),
);
const organization = z
  .string()
  .check(must((id) => /^o-[a-z0-9]{10,32}$/.test(id), "must be the id of an organization of AWS: o-…"));
const aws = z
  .strictObject({
    kind: z.literal("aws"),
    name,
    audience,
    issuers: z._default(z.array(awsIssuer).check(z.maxLength(100)), []),
    organizations: z._default(z.array(organization).check(z.maxLength(20)), []),
    maxTokenAgeSeconds: z._default(maxTokenAgeSeconds, 300),
  })
  .check(
    must(
      ({ issuers, organizations }) => issuers.length + organizations.length > 0,
      "must name issuers or organizations: else every account of AWS would be believed",
    ),
  );

const rule = z.strictObject({
  name,
  provider: name,
  claims: z.record(text, z.array(text).check(z.minLength(1), z.maxLength(100))),
  groups: z.array(text.check(mustHaveNo(faultOfGroup))).check(z.minLength(1), z.maxLength(20)),
  nodeName: text,
  binding: z._default(z.enum(["required", "optional"]), IDENTITY_DEFAULTS.binding),
  replace: z._default(z.enum(["never", "same-principal"]), IDENTITY_DEFAULTS.replace),
});

/** An identity from outside is nobody's administrator and no node: those groups come from certificates and IAM alone. */
function faultOfGroup(group: string): string | undefined {
  if (group.startsWith("nodeseal:")) return 'must not begin with "nodeseal:": those groups are this service\'s own';
  if (group.startsWith("system:") && !group.startsWith("system:bootstrappers:"))
    return 'must not begin with "system:", except for "system:bootstrappers:…": those groups are Kubernetes\' own';
  return undefined;
}

export const IDENTITY_MEMBERS = {
  identityProviders: z._default(z.array(z.discriminatedUnion("kind", [oidc, aws])).check(z.maxLength(50)), []),
  identityRules: z._default(z.array(rule).check(z.maxLength(200)), []),
};
