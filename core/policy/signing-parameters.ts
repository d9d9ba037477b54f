import * as z from "zod/mini";
import { USAGE_NAMES } from "../certificate/key-usage.ts";
import { must } from "../input/schema.ts";
import { MIN_LIFETIME_SECONDS } from "../certificate/validity.ts";

/** The members that may come beside a CSR, for the schemas of requests. */
export const SIGNING_PARAMETER_MEMBERS = {
  signerName: z.optional(z.string().check(z.minLength(1), z.maxLength(571))),
  usages: z.optional(
    z
      .array(z.string().check(must((usage) => USAGE_NAMES.includes(usage), `must be one of ${USAGE_NAMES.join(", ")}`)))
      .check(
        z.minLength(1),
        must((list) => new Set(list).size === list.length, "must not name a usage twice"),
      ),
  ),
  /** An int32 of at least ten minutes, as in Kubernetes (K3.3). */
  expirationSeconds: z.optional(z.int().check(z.gte(MIN_LIFETIME_SECONDS), z.lte(2 ** 31 - 1))),
};
