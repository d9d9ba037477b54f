import * as z from "zod/mini";
import { RENEWAL_REASONS } from "../../core/renewal/suggested-renewal.ts";

/** A moment in answers: whole seconds, UTC. */
export const time = z.string().check(z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/));
export const serialNumber = z.string().check(z.regex(/^[0-9a-f]{32}$/));
export const text = z.string();
export const count = z.int().check(z.gte(0));

/** What the node API answers. Strict, so that a test tells a member that is not described; clients must ignore others. */
export const NODE_ANSWERS = {
  Certificate: z.strictObject({
    name: text.check(z.describe("Of the request: where it is confirmed, and asked for again")),
    state: z.literal("Issued"),
    certificate: text.check(z.describe("PEM chain, leaf first, without the root")),
    serialNumber,
    notBefore: time,
    notAfter: time,
    renewAfter: time,
    renewBefore: time,
    trustBundleSequence: count,
  }),
  Pending: z.strictObject({ name: text, state: z.literal("Pending") }),
  RenewalWindow: z.strictObject({
    renewAfter: time,
    renewBefore: time,
    reason: z.optional(z.enum(RENEWAL_REASONS).check(z.describe("Why it is not what was said at issue"))),
    trustBundleSequence: count,
  }),
  TrustBundle: z.strictObject({
    sequence: count,
    authorities: z.array(
      z.strictObject({
        id: text,
        state: z.enum(["prepared", "active", "retiring", "retired"]),
        certificate: text.check(z.describe("PEM")),
        spkiSha256: text.check(z.describe("SHA-256 of the public key, 64 hexadecimal digits")),
        notAfter: time,
      }),
    ),
  }),
  RevokedCertificates: z.strictObject({
    sha256: z.array(z.string().check(z.regex(/^[0-9a-f]{64}$/), z.describe("Of the certificate's DER"))),
  }),
  OpenApi: z.looseObject({ openapi: text, info: z.looseObject({}), paths: z.looseObject({}) }),
  Problem: z.strictObject({
    type: text.check(z.describe("`urn:nodeseal:problem:` and the code")),
    title: text,
    status: z.int(),
    detail: z.optional(text.check(z.describe("For people; never a secret"))),
    code: text.check(z.describe("Stable: programs switch on it")),
    rule: z.optional(text.check(z.describe("The policy rule that decided"))),
    field: z.optional(text.check(z.describe("The member of the request, CSR or identity that failed"))),
  }),
  GatewayMessage: z.strictObject({
    message: z.nullable(text).check(z.describe("API Gateway's own words, in place of the function's answer")),
  }),
} as const;
